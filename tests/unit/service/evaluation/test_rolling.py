"""Evaluations at successive cut-offs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.evaluation.measures import Measures
from recommender.evaluation.study import Outcome
from service.commands import windows
from service.errors import Refused
from service.evaluation.contenders import Contender
from service.evaluation.report import Report, rows_of
from service.evaluation.request import Request
from service.evaluation.rolling import Rolling, cutoffs, of_two_levels, with_baseline
from service.settings import Settings


def request(**options: str) -> Request:
    return Request.of(Path("folder"), **{"since": "2026-03-01", "until": "2026-03-15", **options}, k=10)  # type: ignore[arg-type]


def outcome(values: np.ndarray) -> Outcome:
    return Outcome(Measures(*[values] * 6), 0.5, 1.0)


def report(asked: Request, level: float) -> Report:
    rng = np.random.default_rng(int(100 * level))
    plain = rng.random(200) * 0.2
    measured = [
        (Contender("popularity", lambda known: None), outcome(plain), 0.0),  # type: ignore[arg-type, return-value]
        (Contender("huojia", lambda known: None, is_baseline=False), outcome(plain + level), 0.0),  # type: ignore[arg-type, return-value]
    ]
    return Report(asked, "folder", 200, 150, rows_of(measured, 0), ())


def test_cutoffs_end_with_the_one_asked_for_and_lie_a_window_apart() -> None:
    found = cutoffs(request(), 4, 0)
    assert [one.since for one in found] == ["2026-01-18", "2026-02-01", "2026-02-15", "2026-03-01"]
    assert [one.until for one in found] == ["2026-02-01", "2026-02-15", "2026-03-01", "2026-03-15"]
    assert found[-1] == request()
    assert [one.since for one in cutoffs(request(), 2, 30)] == ["2026-01-30", "2026-03-01"]


@pytest.mark.parametrize(("rolling", "step", "fault"), [(1, 0, "at least 2"), (3, -1, "--step")])
def test_a_number_that_cannot_be_is_refused_by_its_option(rolling: int, step: int, fault: str) -> None:
    with pytest.raises(Refused, match=fault):
        cutoffs(request(), rolling, step)


def test_baskets_and_tables_without_a_comparison_are_refused() -> None:
    with pytest.raises(Refused, match="baskets"):
        cutoffs(request(since="", until="", protocol="basket"), 4, 0)
    with pytest.raises(Refused, match="--model"):
        cutoffs(Request.of(Path("folder"), since="2026-03-01", until="2026-03-15", k=10, models=["huojia"]), 4, 0)


def test_a_cutoff_whose_only_baseline_is_left_out_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = Request.of(
        Path("folder"), since="2026-03-01", until="2026-03-15", k=10, models=["huojia", "bought_when_eligible"]
    )
    whole = report(named, 0.1)
    assert with_baseline(whole) is whole
    why = "bought_when_eligible left out: no eligibility before the split"
    with pytest.raises(Refused, match=f"^--rolling: at 2026-03-01 .*, of bought_when_eligible; {why}$"):
        with_baseline(replace(whole, rows=whole.rows[1:], notes=("another note", why)))
    monkeypatch.setattr(windows, "evaluate", lambda *_, **__: replace(whole, rows=whole.rows[1:]))
    with pytest.raises(Refused, match=r"no baseline to compare with, of bought_when_eligible$"):
        windows.evaluate_rolling(Settings(data_dir=str(tmp_path)), cutoffs(named, 2, 0), None, cached=False)


def test_what_is_told_of_one_window_alone_is_refused_with_rolling() -> None:
    with pytest.raises(Refused, match="--evidence: goes without --rolling"):
        windows.asked(replace(request(), evidence=True), 4, 0, None)
    with pytest.raises(Refused, match="--plots: goes without --rolling"):
        windows.asked(request(), 4, 0, Path("plots"))


def test_the_mean_is_that_of_the_cutoffs_and_the_interval_is_wider_where_these_differ() -> None:
    asked = cutoffs(request(), 4, 0)
    alike, apart = (
        Rolling(tuple(report(one, level) for one, level in zip(asked, levels, strict=True)))
        for levels in ((0.3, 0.3, 0.3, 0.3), (0.1, 0.2, 0.4, 0.5))
    )
    for found in (alike, apart):
        assert found.difference("ndcg").mean == pytest.approx(0.3)
        assert len(found.table()) == 5
        assert all(len(line) == len(found.columns) for line in found.table())
    assert alike.difference("ndcg").high - alike.difference("ndcg").low < 1e-9
    assert apart.difference("ndcg").low < 0.25
    assert apart.difference("ndcg").high > 0.35
    assert apart.as_dict()["mean"]["ndcg"]["baselines"] == ["popularity"] * 4


def test_the_interval_of_two_levels_is_that_of_means_where_all_samples_are_of_one_kind() -> None:
    rng = np.random.default_rng(3)
    parts = [rng.normal(size=400) for _ in range(6)]
    found = of_two_levels(parts)
    assert found.low < found.mean < found.high
    assert found == of_two_levels(parts)
    assert 1.0 < (found.high - found.low) / (2 * 1.96 / np.sqrt(2_400)) < 2.5

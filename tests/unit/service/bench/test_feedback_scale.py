"""The measurement of crediting and measuring, on a small bank."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.bench.feedback_bank import FeedbackSize
from service.bench.feedback_scale import JOBS, measure
from service.commands.scaling_feedback import CUSTOMERS, EVENTS, scale_feedback, show
from service.errors import Refused

SIZE = FeedbackSize(400, 4_000)


def test_it_says_what_both_jobs_took_and_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    report = measure(tmp_path, SIZE, said.append)
    assert len(said) == 4
    assert set(report["jobs"]) == set(JOBS)
    for cost in (report["import"], *report["jobs"].values()):
        assert min(cost["wall_s"], cost["cpu_s"], cost["peak_gib"]) > 0
    assert report["both"]["wall_s"] == pytest.approx(sum(cost["wall_s"] for cost in report["jobs"].values()))
    assert report["both"]["peak_gib"] == max(cost["peak_gib"] for cost in report["jobs"].values())
    assert report["both"]["events_per_s"] == pytest.approx(SIZE.events / report["both"]["wall_s"])
    assert 0 < report["credited"]["customers"] <= SIZE.customers
    assert report["credited"]["purchases"] > 0.1 * SIZE.events
    assert report["measured"]["tags"] == report["rows"]["tag_definitions"]
    assert report["measured"]["with_quality"] > 60
    assert 0.7 * SIZE.customers < report["measured"]["customers"] < SIZE.customers
    show(report)
    assert "180 s" not in capsys.readouterr().out, "a limit of the bank of the default size"
    whole = report | {"size": FeedbackSize(CUSTOMERS, EVENTS)._asdict()}
    show(whole | {"within": {"seconds": False, "memory": True}})
    told = capsys.readouterr().out
    assert "seconds: over 180 s" in told
    assert "memory: within 2 GiB" in told


def test_a_folder_that_holds_a_bank_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(Refused, match="holds a bank already"):
        scale_feedback(folder=tmp_path)

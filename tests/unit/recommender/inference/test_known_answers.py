"""The answers of tea-tasting, scipy and gbstats, where they are beside the repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recommender.inference.confidence_sequence import confidence_sequence
from recommender.inference.cuped import cuped
from recommender.inference.estimate import Estimate
from recommender.inference.ratio import ratio
from recommender.inference.sample import CovariateSample, RatioSample, Sample
from recommender.inference.srm import srm
from recommender.inference.welch import welch

FOLDER = Path(__file__).parents[5] / "shared" / "data" / "golden"
FIELDS = {
    "control": "control",
    "treatment": "treatment",
    "diff": "effect_size",
    "low": "effect_size_ci_lower",
    "high": "effect_size_ci_upper",
    "relative": "rel_effect_size",
    "relative_low": "rel_effect_size_ci_lower",
    "relative_high": "rel_effect_size_ci_upper",
    "p": "pvalue",
}
METHODS: dict[str, tuple[Callable[..., Estimate], type]] = {
    "mean_welch": (welch, Sample),
    "mean_cuped": (lambda *given: cuped(*given).estimate, CovariateSample),
    "ratio_delta": (ratio, RatioSample),
}
CLOSE = 1e-9


def _cases(name: str) -> list[dict[str, Any]]:
    path = FOLDER / name
    return list(json.loads(path.read_text(encoding="utf-8"))["cases"]) if path.exists() else []


FIXED, SEQUENTIAL = _cases("stats-known-answers-tt.json"), _cases("stats-known-answers-seq.json")
pytestmark = pytest.mark.skipif(not FIXED or not SEQUENTIAL, reason="the known answers are not beside the repository")


@pytest.mark.parametrize("case", [one for one in FIXED if one["kind"] in METHODS], ids=lambda case: case["name"])
def test_estimates_agree_with_tea_tasting(case: dict[str, Any]) -> None:
    method, form = METHODS[case["kind"]]
    found = method(form(**case["control"]), form(**case["treatment"]), case["alpha"])
    for ours, theirs in FIELDS.items():
        assert getattr(found, ours) == pytest.approx(case["expected"][theirs], rel=0, abs=CLOSE), ours


@pytest.mark.parametrize("case", [one for one in FIXED if one["kind"] == "srm_chi2"], ids=lambda case: case["name"])
def test_chi_squared_agrees_with_scipy(case: dict[str, Any]) -> None:
    found = srm(case["observed"], case["weights"])
    assert found.chi2_p == pytest.approx(case["expected"]["pvalue"], rel=0, abs=CLOSE)
    assert (found.chi2_p < 0.001) == case["expected"]["alarm_at_0.001"]


@pytest.mark.parametrize("case", SEQUENTIAL, ids=lambda case: case["name"])
def test_confidence_sequences_agree_with_gbstats(case: dict[str, Any]) -> None:
    arms = Sample(**case["control"]), Sample(**case["treatment"])
    found, expected = confidence_sequence(*arms, case["alpha"], case["n_star"]), case["expected"]
    theirs = (expected["diff"], *expected["ci"], expected["p_value"])
    assert (found.diff, found.low, found.high, found.p) == pytest.approx(theirs, rel=0, abs=CLOSE)
    at_end = welch(*arms, case["alpha"])
    assert (at_end.low, at_end.high, at_end.p) == pytest.approx(
        (*case["fixed"]["ci"], case["fixed"]["p_value"]), abs=CLOSE
    )


def test_no_kind_of_case_is_passed_over() -> None:
    assert {one["kind"] for one in FIXED} == {*METHODS, "srm_chi2"}
    assert {one["kind"] for one in SEQUENTIAL} == {"asymp_cs"}

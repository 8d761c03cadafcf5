"""The Wilson interval."""

from __future__ import annotations

import pytest

from recommender.evaluation.wilson import WilsonInterval


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (0, 40), (40, 40), (3.5, 10)])
def test_the_interval_stays_inside_zero_and_one_and_holds_the_share(hits: float, n: float) -> None:
    low, high = WilsonInterval.of(hits, n)
    assert -1e-12 <= low <= hits / n <= high <= 1 + 1e-12


def test_more_trials_make_it_narrower() -> None:
    few, many = WilsonInterval.of(3, 10), WilsonInterval.of(300, 1000)
    assert many.high - many.low < few.high - few.low

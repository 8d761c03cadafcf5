from __future__ import annotations

import math

from service.study.interval import over_seeds


def test_the_interval_is_students_over_the_seeds() -> None:
    interval = over_seeds([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.7764451051977987 * math.sqrt(2.5) / math.sqrt(5)  # t(.975, 4), s² = 2.5
    assert interval.mean == 3.0
    assert math.isclose(interval.low, 3.0 - half)
    assert math.isclose(interval.high, 3.0 + half)


def test_one_seed_has_no_interval() -> None:
    interval = over_seeds([0.25])
    assert interval.mean == 0.25
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)

"""The repeat hazard."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.interactions import Items
from recommender.models.repeat import PRIOR_BUYERS, RepeatHazard
from tests.unit.recommender.bank import AS_OF, events_of

EVENTS = events_of(
    [(one, 1, 0, AS_OF - 60 + 20 * turn, "purchase", 100) for one in range(10) for turn in range(3)]
    + [(one, 2, 0, AS_OF - 50, "purchase", 100) for one in range(10)]
    + [(0, 3, 0, AS_OF + 1, "purchase", 100), (0, 3, 0, AS_OF, "click", -1)]
)
ITEMS = Items.of(EVENTS)
FITTED = RepeatHazard.fit(EVENTS, ITEMS, AS_OF)
NEVER, LONG = 1e6, np.array([1e6, 1e6, 1e6])


def test_the_rate_is_the_share_of_purchase_days_that_another_follows_drawn_to_that_of_all() -> None:
    of_all = 20 / 40
    assert FITTED.rate == pytest.approx(
        [(20 + PRIOR_BUYERS * of_all) / (30 + PRIOR_BUYERS), PRIOR_BUYERS * of_all / (10 + PRIOR_BUYERS), of_all]
    )


def test_the_gap_is_the_usual_days_between_purchases() -> None:
    assert FITTED.gap == pytest.approx([20, 20, 20])


def test_what_is_overdue_counts_less_and_what_matures_soon_counts_without_a_purchase() -> None:
    once, never = np.array([1.0, 0, 0]), np.zeros(3)
    fresh = FITTED.score(once, np.array([10.0, NEVER, NEVER]), LONG)
    overdue = FITTED.score(once, np.array([60.0, NEVER, NEVER]), LONG)
    assert fresh[0] == pytest.approx(FITTED.rate[0])
    assert overdue[0] == pytest.approx(FITTED.rate[0] / 4)
    assert FITTED.score(never, LONG, np.array([NEVER, 5.0, 31.0])).tolist() == [0, FITTED.rate[1], 0]


def test_it_comes_back_from_its_arrays() -> None:
    again = RepeatHazard.from_arrays(FITTED.to_arrays())
    assert again.rate.tolist() == FITTED.rate.tolist()
    assert again.gap.tolist() == FITTED.gap.tolist()


def test_nothing_bought_is_no_error() -> None:
    empty = RepeatHazard.fit(EVENTS.where(EVENTS.day < 0), ITEMS, AS_OF)
    assert np.isfinite(empty.rate).all()
    assert np.isfinite(empty.gap).all()

"""Repeats are counted after the second and later signs of each customer, windows over everybody who was there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.tag_quality.repeats import LATEST, RANKS, WINDOW_DAYS, Repeats
from recommender.training_data import Ints
from tests.unit.recommender.tag_world import AS_OF, evidence_of

FIRST = AS_OF - 500


def repeats_of(
    days: dict[int, list[int]], customers: int = 5, joined: Ints | None = None, cards: tuple[tuple[int, int], ...] = ()
) -> Repeats:
    """Of signs of one category, and of cards, on days counted from `FIRST`; customer 0 shows the first on record."""
    rows = [(customer, FIRST + day) for customer, of in days.items() for day in of]
    customer, day = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    bought = Purchased(customer, np.zeros_like(customer), day, np.ones(len(day)))
    assigned = np.full((customers, 1), NEVER)
    world = evidence_of(customers=customers, claims=[[0]], assigned=assigned, purchases=bought)
    signs = Signs.of(world).within(world.claims[0])
    who, when = np.array(cards, dtype=np.int64).reshape(-1, 2).T
    shown = Purchased(who, np.zeros_like(who), FIRST + when, np.ones(len(who)))
    covered = Covered.of(replace(world, cards=shown), world.claims[0])
    return Repeats.of(signs, np.full(customers, NEVER) if joined is None else joined, covered)


def test_a_repeat_is_counted_after_each_rank_within_the_window() -> None:
    found = repeats_of({0: [0, 50, 100, 400], 1: [10, 60]})
    assert found.again.tolist() == [1, 0, 0]  # customer 0 after the second; the fourth came 300 days after the third
    assert found.followed.sum(axis=1).tolist() == [2, 1, 1]
    assert found.followed.shape == (len(RANKS), WINDOW_DAYS + 1)


def test_signs_of_one_occasion_are_one() -> None:
    assert repeats_of({0: [0, 1, 2, 3, 50]}).followed.sum(axis=1).tolist() == [1, 0, 0]


def test_who_showed_the_sign_too_late_is_not_followed() -> None:
    late = 500 - LATEST
    assert repeats_of({0: [0, late + 1]}).followed.sum() == 0
    kept = repeats_of({0: [0, late]}).followed
    assert kept.sum() == 1
    assert kept[0, LATEST - 3] == 1


def test_windows_count_everybody_who_had_been_there_for_a_window_and_those_quiet_before() -> None:
    found = repeats_of({0: [0, 200], 1: [190]}, joined=np.array([NEVER, NEVER, NEVER, FIRST + 100, NEVER]))
    days, customers, shown, quiet, late = found.windows[0]
    assert (days, customers) == (WINDOW_DAYS, 4)
    assert (shown, quiet, late) == (2, 4, 2)  # the window before the first moment begins on the first day on record
    assert found.windows[-1][1] == 5


def test_days_after_a_card_are_no_days_of_following() -> None:
    plain, shown = repeats_of({0: [0, 50]}), repeats_of({0: [0, 50]}, cards=((0, 60), (0, 64), (1, 60)))
    assert np.flatnonzero(plain.followed[0]).tolist() == [WINDOW_DAYS]
    assert np.flatnonzero(shown.followed[0]).tolist() == [WINDOW_DAYS - 12]  # the 60th to the 71st
    assert shown.windows[0][0] == plain.windows[0][0]


def test_without_signs_there_are_no_windows() -> None:
    found = repeats_of({})
    assert found.again.tolist() == [0, 0, 0]
    assert not len(found.windows)

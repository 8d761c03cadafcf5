"""Days after a personal card of a competing category count for nobody's following."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.attribution import EXPOSURE_DAYS
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.evidence import NEVER, Purchased
from tests.unit.recommender.tag_world import evidence_of

CUSTOMERS = 3


def covered_of(cards: list[tuple[int, int]], category: int = 1) -> Covered:
    """Of cards of one category, by customer and day, for a claim of category 0."""
    customer, day = np.array(cards, dtype=np.int64).reshape(-1, 2).T
    world = evidence_of(customers=CUSTOMERS, claims=[[0]], assigned=np.full((CUSTOMERS, 1), NEVER))
    shown = Purchased(customer, np.full(len(cards), category), day, np.ones(len(cards)))
    return Covered.of(replace(world, family=np.array([0, 0, 1, 1]), cards=shown), world.claims[0])


@given(
    st.lists(st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(5, 60)), max_size=25),
    st.integers(0, CUSTOMERS - 1),
    st.integers(0, 70),
    st.integers(0, 40),
)
def test_covered_days_are_those_counted_one_by_one(
    cards: list[tuple[int, int]], customer: int, after: int, length: int
) -> None:
    found = covered_of(cards).days(np.array([customer]), np.array([after]), np.array([after + length]))
    days = {day + gap for who, day in cards if who == customer for gap in range(EXPOSURE_DAYS + 1)}
    assert found.tolist() == [sum(after < day <= after + length for day in days)]


def test_cards_of_another_family_cover_nothing() -> None:
    assert not len(covered_of([(0, 10), (1, 20)], category=2).begin)


@given(
    st.lists(st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(5, 60)), max_size=25),
    st.lists(st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(0, 60), st.integers(0, 40)), max_size=5),
)
def test_who_is_covered_on_each_day_is_as_counted_one_by_one(
    cards: list[tuple[int, int]], followed: list[tuple[int, int, int]]
) -> None:
    customer, after, length = np.array(followed, dtype=np.int64).reshape(-1, 3).T
    found = covered_of(cards).on_days(customer, after, length, 50)
    days = {(who, day + gap) for who, day in cards for gap in range(EXPOSURE_DAYS + 1)}
    told = [sum(0 < one <= long and (who, since + one) in days for who, since, long in followed) for one in range(50)]
    assert found.tolist() == told

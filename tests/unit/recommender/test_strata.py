"""A stratum says how lively a customer was before a day, and nothing of what came later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from recommender.tag_quality.strata import STRATA, Strata
from tests.unit.recommender.tag_world import evidence_of

DAY = 500


def world(days: list[int]) -> Evidence:
    """One customer with purchases of different categories on some days."""
    bought = Purchased(np.zeros(len(days), np.int64), np.arange(len(days)) % 4, np.array(days), np.ones(len(days)))
    return evidence_of(customers=1, claims=[[0]], assigned=np.array([[NEVER]]), purchases=bought)


def stratum(evidence: Evidence) -> int:
    return int(Strata.of(Signs.of(evidence), evidence).at(np.array([0]), np.array([DAY]))[0])


@pytest.mark.parametrize(("signs", "expected"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (40, 3)])
def test_more_signs_before_make_a_customer_livelier(signs: int, expected: int) -> None:
    assert stratum(world([DAY - 4 * number for number in range(signs)])) == 2 * expected + 1


def test_what_came_later_or_long_before_changes_nothing() -> None:
    assert stratum(world([DAY - 180, DAY + 1, DAY + 9])) == stratum(world([])) == 1
    assert stratum(world([DAY - 179, DAY])) == 3


def test_who_may_not_be_watched_is_compared_with_such() -> None:
    assert stratum(replace(world([DAY]), watched=np.array([False]))) == 2
    assert STRATA == 8


def test_who_joined_later_is_not_there_yet() -> None:
    evidence = replace(world([]), joined=np.array([DAY]))
    strata = Strata.of(Signs.of(evidence), evidence)
    assert [strata.there(day).tolist() for day in (DAY - 1, DAY)] == [[False], [True]]
    unknown = Strata.of(Signs.of(world([])), world([]))
    assert unknown.there(0).tolist() == [True]


def test_everybodys_stratum_on_a_day_is_that_of_each() -> None:
    chance, customers = np.random.default_rng(3), 40
    signs = 400
    bought = Purchased(
        chance.integers(0, customers, signs),
        chance.integers(0, 4, signs),
        chance.integers(0, 600, signs),
        np.ones(signs),
    )
    never = np.full((customers, 1), NEVER)
    evidence = evidence_of(customers=customers, claims=[[0]], assigned=never, purchases=bought)
    evidence = replace(evidence, watched=chance.random(customers) < 0.5)
    strata, everybody = Strata.of(Signs.of(evidence), evidence), np.arange(customers)
    for day in (0, 100, 181, DAY, 900, DAY):
        assert strata.on(day).tolist() == strata.at(everybody, np.full(customers, day)).tolist()
    assert len(set(strata.on(DAY).tolist())) > STRATA / 2

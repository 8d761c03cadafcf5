"""Affinities that lack and customers who are covered no more are found by tag and by provider."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality._finding import Finding
from recommender.tag_quality.drift import REFERENCE_DAYS
from recommender.tag_quality.missing import missing
from recommender.tag_quality.standing import STANDS, Carried

TODAY = 1_000
OLD = TODAY - REFERENCE_DAYS - 1


def carried(size: int, *, tag: int = 0, lacking: int = 0, removed: int = 0, day: int = OLD) -> Carried:
    places = np.arange(size)
    ends = np.where(places < removed, TODAY - 3, STANDS)
    affinity = np.where(places >= size - lacking, np.nan, 0.5)
    return Carried(places, np.full(size, tag), np.full(size, day), ends, affinity)


def both(one: Carried, other: Carried) -> Carried:
    return Carried(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Carried.__slots__))


def found(of: Carried, groups: tuple[int, ...] = (0, 1)) -> list[Finding]:
    return missing(of, TODAY, np.array(groups), max(groups) + 1)


def test_affinities_that_lack_here_and_there_are_found_and_those_of_a_tag_without_any_are_not() -> None:
    assert found(carried(100, lacking=30)) == []
    assert found(carried(100, lacking=31)) == [Finding(0, "affinity_missing", 31, 100, 0.31, 0.3)]
    assert found(carried(100, lacking=100)) == []


def test_tags_that_say_yes_or_no_do_not_make_affinities_of_their_provider_lack() -> None:
    of = both(carried(100, lacking=10), carried(100, tag=1, lacking=100))
    assert found(of) == found(of, (0, 0)) == []
    of = both(carried(100, lacking=31), carried(100, tag=1, lacking=100))
    assert found(of, (0, 0)) == [Finding(0, "affinity_missing", 31, 100, 0.31, 0.3)]


def test_customers_of_ninety_days_ago_who_are_covered_no_more_are_found() -> None:
    assert found(carried(100, removed=20)) == []
    assert found(carried(100, removed=21)) == [Finding(0, "coverage_lost", 21, 100, 0.21, 0.2)]
    assert found(carried(100, removed=21, day=TODAY - 30)) == []  # were not covered then


def test_a_provider_covers_a_customer_while_any_tag_of_it_does() -> None:
    of = both(carried(100, removed=50), carried(100, tag=1))
    assert [(one.number, one.code) for one in found(of)] == [(0, "coverage_lost")]
    assert found(of, (0, 0)) == []
    gone = both(carried(100, removed=50), carried(100, tag=1, removed=40))
    assert found(gone, (0, 0)) == [Finding(0, "coverage_lost", 40, 100, 0.4, 0.2)]


def test_of_too_few_assignments_no_share_is_told() -> None:
    assert found(carried(29, lacking=20, removed=20)) == []
    assert found(carried(0)) == []

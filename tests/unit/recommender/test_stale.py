"""A tag is stale when most of it is older than two half-lives, a provider silent long beyond its usual gap."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._finding import Finding
from recommender.tag_quality.stale import stale
from recommender.tag_quality.standing import STANDS, Carried

TODAY = 1_000


def carried(days: list[int], tag: int = 0) -> Carried:
    size = len(days)
    ends = np.full(size, STANDS)
    return Carried(np.arange(size), np.full(size, tag), np.array(days, dtype=np.int64), ends, np.full(size, 0.5))


def found(of: Carried, half_life: float = 30.0) -> tuple[list[Finding], list[Finding]]:
    return stale(of, TODAY, np.array([half_life]), np.array([0]))


@pytest.mark.parametrize(("old", "is_found"), [(20, False), (21, True)])
def test_a_tag_most_of_which_is_older_than_two_half_lives_is_stale(old: int, is_found: bool) -> None:
    of = carried([TODAY - 61] * old + [TODAY - 60] * (40 - old))
    assert found(of)[0] == ([Finding(0, "stale", 21, 40, 21 / 40, 0.5)] if is_found else [])


def test_few_assignments_and_a_tag_without_a_half_life_are_never_stale() -> None:
    assert found(carried([10] * 29))[0] == []
    assert found(carried([10] * 40), float("nan"))[0] == []


def test_a_provider_is_silent_after_three_times_its_usual_gap() -> None:
    weekly = [*range(TODAY - 91, TODAY - 20, 7)]
    assert found(carried(weekly))[1] == []  # 21 days ago: three gaps
    (silent,) = found(carried(weekly[:-1]))[1]
    assert silent == Finding(0, "silent", 28, 7, 4.0, 3.0)


def test_of_a_provider_that_delivered_a_few_times_nothing_is_usual() -> None:
    assert found(carried([1, 2, 3, 4, 5]))[1] == []
    assert found(carried([]))[1] == []

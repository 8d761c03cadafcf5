"""Groups of peers."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.peers import group_count, peer_groups

TODAY = int(np.datetime64("2026-11-22").astype(int))


def group(birth_year: int = -1, goal: int = -1, joined: int = -1) -> int:
    columns = (np.array([value]) for value in (birth_year, goal, joined))
    return int(peer_groups(*columns, today=TODAY, goals=3)[0])


@pytest.mark.parametrize(("one", "other", "alike"), [(1996, 1992, True), (1991, 1992, False), (1950, 1930, True)])
def test_customers_of_one_age_band_are_peers(one: int, other: int, alike: bool) -> None:
    assert (group(birth_year=one) == group(birth_year=other)) is alike


@pytest.mark.parametrize(
    ("one", "other", "alike"), [(0, 89, True), (89, 90, False), (364, 365, False), (1095, 9000, True)]
)
def test_customers_of_one_tenure_band_are_peers(one: int, other: int, alike: bool) -> None:
    assert (group(joined=TODAY - one) == group(joined=TODAY - other)) is alike


def test_the_unknown_are_a_group_of_their_own() -> None:
    assert len({group(), group(birth_year=1990), group(goal=0), group(goal=1), group(joined=TODAY)}) == 5
    assert group(goal=7) == group()


def test_every_group_has_a_number_of_its_own_below_the_count() -> None:
    numbers = {
        group(birth_year, goal, joined)
        for birth_year in (-1, 2010, 1996, 1986, 1976, 1966, 1950)
        for goal in (-1, 0, 1, 2)
        for joined in (-1, TODAY, TODAY - 100, TODAY - 500, TODAY - 5000)
    }
    assert numbers == set(range(group_count(3)))

"""The bound of the spells of a category."""

from __future__ import annotations

import pytest

from recommender.profile.spells import bound, open_spell
from recommender.profile.state import OPEN, SPELLS_PER_CATEGORY, UNKNOWN


def full(closed: int) -> list[list[int]]:
    return [
        [number, number, closed and closed + number, UNKNOWN, UNKNOWN, 5, 1] for number in range(SPELLS_PER_CATEGORY)
    ]


@pytest.mark.parametrize("closed", [1_000, 0])
def test_a_full_category_loses_what_ended_first_else_the_oldest(closed: int) -> None:
    spells = full(closed) if closed else [[*spell[:2], OPEN, *spell[3:]] for spell in full(0)]
    open_spell(spells, 900, 2_000, 7)
    assert len(spells) == SPELLS_PER_CATEGORY
    assert [spell[0] for spell in spells] == [*range(1, SPELLS_PER_CATEGORY), 900]


def test_open_spells_outlast_ended_ones() -> None:
    spells = full(1_000)
    spells[0][2] = OPEN
    spells.append([70, 0, OPEN, UNKNOWN, UNKNOWN, 5, 1])
    bound(spells)
    assert [spells[0][0], spells[-1][0]] == [0, 70]
    assert len(spells) == SPELLS_PER_CATEGORY

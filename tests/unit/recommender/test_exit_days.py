"""Locked days are no exit-possible days; a maturity is one day of trial, a window its days."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.evidence import Held
from recommender.tag_quality.exit_days import ANY_DAY, NEVER_FREE, TERM, WINDOWS, Exits, Holding, exit_days

AS_OF = 1_000


def free(
    how: int, opened: int, ended: int = -1, *, hold: int = 0, term: int = -1, windows: tuple[tuple[int, int], ...] = ()
) -> list[tuple[int, int]]:
    """The free intervals of one spell of one product."""
    opens, closes = (np.array([window[side] for window in windows], dtype=np.int64) for side in (0, 1))
    exits = Exits(np.array([how]), np.array([hold]), np.array([term]), np.zeros(len(windows), np.int64), opens, closes)
    held = Held(*(np.array([value]) for value in (0, 0, opened, ended)))
    found = exit_days(Holding(held, np.array([0]), np.array([opened])), exits, AS_OF)
    return sorted(zip(found.opened.tolist(), found.ended.tolist(), strict=True))


@pytest.mark.parametrize(
    ("spell", "expected"),
    [
        (free(ANY_DAY, 900, 950), [(900, 950)]),
        (free(ANY_DAY, 900), [(900, 1001)]),
        (free(ANY_DAY, 900, 950, hold=60), []),
        (free(ANY_DAY, 900, 990, hold=60), [(960, 990)]),
        (free(NEVER_FREE, 900, 950), []),
        (free(WINDOWS, 900, 990, windows=((910, 912), (980, 1100))), [(910, 912), (980, 990)]),
        (free(WINDOWS, 900, 990, hold=30, windows=((910, 912), (980, 985))), [(980, 985)]),
        (free(WINDOWS, 900, 990), [(900, 990)]),
        (free(TERM, 700, term=90), [(790, 791), (880, 881), (970, 971)]),
        (free(TERM, 700, 880, term=90), [(790, 791), (879, 880)]),
        (free(TERM, 700, 880), [(879, 880)]),
        (free(TERM, 990, term=90), []),
    ],
)
def test_what_is_free(spell: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    assert spell == expected

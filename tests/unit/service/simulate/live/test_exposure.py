"""What was seen lately, and how the wishes of a week are shared between the shelf and elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from service.simulate.live.exposure import DAYS, Exposure

ONE = np.array([0])


def _wishes(visits: list[int]) -> float:
    """Wishes fulfilled over twenty weeks by one who sees a card of the category on some days; a week's wishes are 1."""
    exposure, total = Exposure(1, 1, 1), 0.0
    for day in range(140):
        total += float(exposure.elsewhere(day)[0, 0]) / 7
        if day in visits:
            total += float(exposure.on_shelf(ONE, ONE, day)[0])
            exposure.saw(ONE, ONE, ONE, day)
    return total


@pytest.mark.parametrize("every", [1, 3, 7, 30])
def test_seeing_a_card_moves_wishes_to_the_shelf_and_makes_none(every: int) -> None:
    assert _wishes(list(range(0, 130, every))) == pytest.approx(20.0, rel=0.03)


def test_a_card_is_remembered_for_a_week() -> None:
    exposure = Exposure(2, 3, 2)
    exposure.saw(np.array([1]), np.array([2]), np.array([0]), 10)
    seen = [bool(exposure.recent(np.array([1]), np.array([2]), day)[0]) for day in (11, 10 + DAYS, 11 + DAYS)]
    assert seen == [True, True, False]
    assert not exposure.recent(np.array([0, 1]), np.array([2, 1]), 11).any()
    assert exposure.recent_categories(11).tolist() == [[False, False], [True, False]]

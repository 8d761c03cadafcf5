"""A look counts as a sign only where no card prompted it."""

from __future__ import annotations

import numpy as np

from service.tag_looks import _unprompted


def test_a_card_of_the_family_prompts_the_looks_of_the_day_and_of_the_week_after() -> None:
    group = np.array([1, 1, 1, 1, 2, 1])
    day = np.array([10, 10, 17, 18, 12, 9])
    shown = np.array([True, False, False, False, False, False])
    assert _unprompted(group, day, shown).tolist() == [False, False, False, True, True, True]


def test_without_cards_every_look_counts() -> None:
    assert _unprompted(np.array([1, 2]), np.array([3, 3]), np.zeros(2, np.bool_)).all()
    assert not len(_unprompted(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_)))

"""Rarity."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.rarity import rarity


def test_a_tag_of_nobody_is_rarest_and_a_tag_of_all_is_none() -> None:
    found = rarity(1_000, np.array([0, 10, 1_000]))
    assert found[0] == 1
    assert 0 < found[1] < 1
    assert found[2] == 0

"""How far down a page customers look."""

from __future__ import annotations

import numpy as np

from service.simulate.live.attention import PLACES, attention


def test_every_place_is_seen_less_than_the_one_above_it() -> None:
    seen = attention(np.arange(1, 3 * PLACES))
    assert (np.diff(seen) < 0).all()
    assert 0 < seen[-1] < seen[0] < 1

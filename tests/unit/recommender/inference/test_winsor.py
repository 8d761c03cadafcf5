"""Amounts are cut where it was declared, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.inference.winsor import winsorise


def test_a_cap_cuts_on_both_sides() -> None:
    assert winsorise([0, 5, 50, -50], cap=10).tolist() == [0, 5, 10, -10]


def test_a_share_cuts_at_its_quantiles() -> None:
    assert winsorise(np.arange(101), share=0.1).tolist() == np.clip(np.arange(101), 10, 90).tolist()
    assert winsorise([1.0, 9.0], share=0.0).tolist() == [1.0, 9.0]
    assert winsorise([], share=0.1).tolist() == []


def test_senseless_arguments_are_refused_by_name() -> None:
    for given in ({}, {"share": 0.1, "cap": 1.0}):
        with pytest.raises(ValueError, match=r"^share or cap: exactly one"):
            winsorise([1.0], **given)
    with pytest.raises(ValueError, match=r"^share: must"):
        winsorise([1.0], share=0.5)
    with pytest.raises(ValueError, match=r"^cap: must"):
        winsorise([1.0], cap=float("nan"))
    with pytest.raises(ValueError, match=r"^values: must"):
        winsorise([float("nan")], cap=1.0)

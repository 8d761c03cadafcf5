"""Uniqueness."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.uniqueness import uniqueness


def test_each_part_counts() -> None:
    assert uniqueness(1.0, 0.0, 1.0) == 1
    assert uniqueness(0.0, 0.0, 1.0) == uniqueness(1.0, 1.0, 1.0) == uniqueness(1.0, 0.0, 0.0) == 0


def test_columns_are_answered_at_once() -> None:
    assert uniqueness(np.array([1.0, 0.125]), np.zeros(2), np.ones(2)) == pytest.approx([1.0, 0.5])

"""Truthfulness."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.tag_quality.truthfulness import truthfulness

PRIOR = {"a": 0.6, "b": 3.4}


@given(st.floats(0, 30), st.floats(0, 30), st.floats(0.01, 0.95), st.floats(0.1, 5))
def test_it_rises_with_hits_and_falls_with_misses(hits: float, misses: float, theta0: float, more: float) -> None:
    now = truthfulness(hits, hits + misses, theta0=theta0, **PRIOR)
    assert 0 <= now <= 1
    assert truthfulness(hits, hits + misses + more, theta0=theta0, **PRIOR) <= now + 1e-12
    if misses >= more:
        assert truthfulness(hits + more, hits + misses, theta0=theta0, **PRIOR) >= now - 1e-12


def test_columns_are_answered_at_once() -> None:
    many = truthfulness(np.array([0.0, 3.0]), np.array([0.0, 4.0]), theta0=np.array([0.15, 0.15]), **PRIOR)
    assert many.tolist() == [
        float(truthfulness(0, 0, theta0=0.15, **PRIOR)),
        float(truthfulness(3, 4, theta0=0.15, **PRIOR)),
    ]

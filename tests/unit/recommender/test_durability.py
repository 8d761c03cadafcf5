"""Durability."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recommender.tag_quality.durability import durability

PRIOR = {"a": 1.2, "b": 300.0}


@given(st.integers(0, 20), st.floats(0, 5_000), st.integers(1, 5), st.floats(1, 500))
def test_it_falls_with_ended_spells_and_rises_with_days_to_leave(
    ended: int, days: float, more: int, later: float
) -> None:
    now = durability(ended, days, **PRIOR)
    assert 0 < now <= 1
    assert durability(ended + more, days, **PRIOR) <= now
    assert durability(ended, days + later, **PRIOR) >= now


def test_no_horizon_is_always_survived() -> None:
    assert durability(3, 100.0, horizon=0.0, **PRIOR) == 1

"""The index is about 0 where nothing drifts, at the smallest counts too, and finds what does."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.psi import FEWEST, psi

SHARES = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
NOTED, MOST = 0.1, 0.25


def test_the_index_of_two_large_samples_is_the_formula() -> None:
    before, now = np.array([600_000, 400_000]), np.array([500_000, 500_000])
    by_hand = (0.5 - 0.6) * np.log(0.5 / 0.6) + (0.5 - 0.4) * np.log(0.5 / 0.4)
    assert psi(before, now) == pytest.approx(by_hand, abs=1e-5)


def test_too_few_entries_say_nothing() -> None:
    enough, few = np.array([FEWEST // 2] * 2), np.array([FEWEST // 2, FEWEST // 2 - 1])
    assert np.isnan(psi(enough, few))
    assert np.isnan(psi(few, enough))
    assert np.isnan(psi(np.zeros(3), np.zeros(3)))
    assert not np.isnan(psi(enough, enough))


def test_without_a_drift_the_index_is_zero_on_the_average_and_alarms_are_rare_at_the_smallest_counts() -> None:
    rng = np.random.default_rng(7)
    draws = rng.multinomial(FEWEST, SHARES, (4_000, 2))
    found = np.array([psi(before, now) for before, now in draws])
    assert abs(found.mean()) < 0.005
    assert (found > MOST).mean() < 0.005
    assert (found > NOTED).mean() < 0.08


def test_who_stands_in_both_samples_is_no_drift_and_no_excuse_for_one() -> None:
    rng = np.random.default_rng(8)
    found = []
    for _ in range(2_000):
        both = rng.multinomial(150, SHARES)
        before, now = (both + rng.multinomial(50, SHARES) for _ in range(2))
        found.append(psi(before, now, shared=150.0))
    assert abs(np.mean(found)) < 0.002


def test_a_drift_is_found_at_the_smallest_counts() -> None:
    rng = np.random.default_rng(9)
    found = [psi(rng.multinomial(FEWEST, SHARES), rng.multinomial(FEWEST, SHARES[::-1])) for _ in range(500)]
    assert np.mean(np.array(found) > MOST) > 0.9


def test_bins_that_are_empty_in_both_samples_do_not_count() -> None:
    before, now = np.array([120, 80, 0]), np.array([90, 110, 0])
    assert psi(before, now) == psi(before[:2], now[:2])

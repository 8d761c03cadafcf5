"""Chance from a seed."""

from __future__ import annotations

import pytest

from shelf_rules.chance import uniform


def test_it_is_splitmix64() -> None:
    first = 0xE220A8397B1DCDAF  # the first output of the published generator for the seed 0
    assert uniform(0, 0) == (first >> 11) / (1 << 53)


def test_draws_are_spread_evenly_over_seeds_and_numbers() -> None:
    by_seed = [uniform(seed, 0) for seed in range(2_000)]
    by_number = [uniform(42, number) for number in range(2_000)]
    for draws in (by_seed, by_number):
        assert sum(draws) / len(draws) == pytest.approx(0.5, abs=0.03)
        assert 0 <= min(draws) < 0.01
        assert 0.99 < max(draws) < 1


def test_a_seed_of_any_sign_and_size_is_taken() -> None:
    assert 0 <= uniform(-1, 0) < 1
    assert uniform(2**64 + 5, 3) == uniform(5, 3)

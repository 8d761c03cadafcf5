"""Intervals of paired differences."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.bootstrap import Bootstrap


def test_the_interval_is_about_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(3).normal(0.1, 1.0, (1_000, 1))
    found = Bootstrap.of(values, seed=0)[0]
    error = 1.96 * values.std() / np.sqrt(1_000)
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.mean == pytest.approx(error, rel=0.15)
    assert found.mean - found.low == pytest.approx(error, rel=0.15)


def test_all_columns_share_the_samples_and_a_seed_repeats_them() -> None:
    values = np.random.default_rng(3).random((500, 1))
    once, twice = Bootstrap.of(np.hstack([values, values]), seed=7)
    assert once == pytest.approx(twice)
    assert once == pytest.approx(Bootstrap.of(values, seed=7)[0])


def test_no_difference_anywhere_is_an_interval_of_0() -> None:
    assert Bootstrap.of(np.zeros((50, 2)), seed=0) == [Bootstrap(0.0, 0.0, 0.0)] * 2


def test_without_rankings_there_is_no_difference() -> None:
    assert Bootstrap.of(np.zeros((0, 1)), seed=0) == [Bootstrap(0.0, 0.0, 0.0)]

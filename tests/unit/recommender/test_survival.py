"""The product-limit curve, its half-life and its mean over a year."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.survival import Survival


def test_the_curve_of_a_textbook_sample() -> None:
    days = np.array([6.0, 6, 6, 6, 7, 9, 10, 10, 11, 13])
    ended = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1], np.bool_)
    curve = Survival.of(days, ended)
    assert curve.days.tolist() == [6, 7, 10, 13]
    np.testing.assert_allclose(curve.share, [0.7, 0.7 * 5 / 6, 0.7 * 5 / 6 * 3 / 4, 0.0])
    assert curve.half_life() == 10


def test_the_estimate_of_exponential_lives_under_censoring_is_unbiased() -> None:
    rng = np.random.default_rng(6)
    life, seen = rng.exponential(120, 20_000), rng.uniform(50, 700, 20_000)
    curve = Survival.of(np.minimum(life, seen), life <= seen)
    assert curve.half_life() == pytest.approx(120 * np.log(2), rel=0.03)
    assert curve.mean_share() == pytest.approx(120 / 365 * (1 - np.exp(-365 / 120)), rel=0.03)


def test_without_an_end_nothing_falls_and_without_a_spell_nothing_is_known() -> None:
    curve = Survival.of(np.array([10.0, 20.0]), np.zeros(2, np.bool_))
    assert np.isnan(curve.half_life())
    assert curve.mean_share() == 1.0
    assert np.isnan(Survival.of(np.empty(0), np.empty(0, np.bool_)).half_life())

"""Logistic regression and its calibration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from recommender.logistic import calibration_error, calibration_noise, fit_logistic, fit_platt, log_loss

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20_000, 3)).astype(np.float32) * np.array([1, 100, 0], np.float32)
CHANCE = expit(0.8 * ROWS[:, 0] - 0.01 * ROWS[:, 1] - 1.0)
TRUTH = RNG.random(len(ROWS)) < CHANCE
ONES = np.ones(len(ROWS))


def test_it_finds_the_weights_whatever_the_scale_of_a_feature() -> None:
    fitted = fit_logistic(ROWS, TRUTH, ONES, 1e-6)
    assert fitted.weights == pytest.approx([0.8, -0.01, 0], abs=0.05)
    assert fitted.weights[1] == pytest.approx(-0.01, rel=0.1)
    assert fitted.constant == pytest.approx(-1.0, abs=0.06)


def test_a_penalty_shrinks_and_a_start_changes_nothing() -> None:
    loose, tight = fit_logistic(ROWS, TRUTH, ONES, 1e-6), fit_logistic(ROWS, TRUTH, ONES, 1.0)
    assert abs(tight.weights[0]) < abs(loose.weights[0]) / 2
    again = fit_logistic(ROWS, TRUTH, ONES, 1e-6, tight)
    assert log_loss(ROWS @ again.weights + again.constant, TRUTH, ONES) == pytest.approx(
        log_loss(ROWS @ loose.weights + loose.constant, TRUTH, ONES), abs=1e-4
    )


def test_calibration_undoes_a_slope_and_a_shift() -> None:
    z = 0.8 * ROWS[:, 0].astype(float) - 0.01 * ROWS[:, 1] - 1.0
    slope, shift = fit_platt(2 * z + 1, TRUTH)
    assert (slope, shift) == (pytest.approx(0.5, rel=0.1), pytest.approx(-0.5, abs=0.1))


def test_doubt_keeps_a_calibration_of_few_rows_near_what_was_said_and_not_one_of_many() -> None:
    z = 2 * (0.8 * ROWS[:, 0].astype(float) - 0.01 * ROWS[:, 1] - 1.0)
    few, many = (fit_platt(z[:size], TRUTH[:size], 0.05)[0] for size in (100, len(z)))
    assert 0.85 < few < 1
    assert many < 0.7
    assert fit_platt(z, TRUTH, 1e3) == pytest.approx(fit_platt(z, TRUTH), abs=1e-3)


@pytest.mark.parametrize("truth", [np.zeros(5, np.bool_), np.ones(5, np.bool_)])
def test_one_class_alone_calibrates_nothing(truth: np.ndarray) -> None:
    assert fit_platt(np.arange(5.0), truth) == (1.0, 0.0)


def test_the_calibration_error_of_true_probabilities_is_that_of_chance() -> None:
    error, by_chance = calibration_error(CHANCE, TRUTH), calibration_noise(CHANCE)
    assert error < 2 * by_chance < 0.03
    assert calibration_error(np.clip(CHANCE + 0.1, 0, 1), TRUTH) > 0.08
    assert calibration_error(np.empty(0), np.empty(0, np.bool_)) == 0

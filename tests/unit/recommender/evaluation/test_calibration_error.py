"""The expected calibration error over bins of equal mass."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.calibration_error import CalibrationError


def error(probability: list[float], hit: list[int], bins: int) -> float | None:
    found = CalibrationError()
    found.add(np.array(probability), np.array(hit, np.bool_))
    return found.error(bins)


def test_each_bin_of_equal_mass_compares_its_mean_with_its_share_of_hits() -> None:
    # Two bins of two: |.15 - 0| and |.75 - .5|, each half of the mass.
    assert error([0.9, 0.1, 0.6, 0.2], [1, 0, 0, 0], 2) == pytest.approx((0.15 + 0.25) / 2)


def test_equal_probabilities_across_a_border_are_divided_in_proportion() -> None:
    # Every bin is a mixture of the same cell: the mean .5 against the share of hits .25.
    assert error([0.5] * 8, [1, 1, 0, 0, 0, 0, 0, 0], 3) == pytest.approx(0.25)


def test_perfect_certainty_has_no_error() -> None:
    assert error([1.0, 0.0, 0.0], [1, 0, 0], 3) == 0.0


def test_in_blocks_and_at_once_it_is_the_same_and_near_the_exact_bins() -> None:
    rng = np.random.default_rng(1)
    probability = rng.beta(0.3, 6.0, 15_000)
    hit = rng.random(15_000) < probability**1.4
    at_once, in_blocks = CalibrationError(), CalibrationError()
    at_once.add(probability, hit)
    for part in np.array_split(np.arange(15_000), 7):
        in_blocks.add(probability[part], hit[part])
    order = np.argsort(probability)
    bins = order.reshape(15, 1_000)
    exact = np.abs(probability[bins].mean(axis=1) - hit[bins].mean(axis=1)).mean()
    assert in_blocks.error() == pytest.approx(at_once.error(), abs=1e-12)
    assert at_once.error() == pytest.approx(exact, abs=2e-4)


def test_nothing_added_has_no_error_to_tell() -> None:
    assert CalibrationError().error() is None


@pytest.mark.parametrize("wrong", [-0.01, 1.01, np.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        error([0.5, wrong], [0, 1], 15)

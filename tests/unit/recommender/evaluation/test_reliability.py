"""How far probabilities can be taken at their word."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.reliability import Calibration, Reliability
from recommender.training_data import Bools, Floats


def calibration(probability: Floats, hit: Bools, *, kept: bool = True, inside: Bools | None = None) -> Calibration:
    found = Reliability(kept)
    everything = np.ones(hit.shape, np.bool_) if inside is None else inside
    for part in np.array_split(np.arange(len(hit)), min(3, len(hit))):
        found.add(probability[part], hit[part], everything[part])
    measured = found.calibration()
    assert measured is not None
    return measured


def drawn(rankings: int, seed: int = 0) -> tuple[Floats, Bools]:
    rng = np.random.default_rng(seed)
    p = rng.beta(0.6, 4.0, (rankings, 5))
    return p, rng.random((rankings, 5)) < p


def test_what_was_drawn_by_its_probability_is_within_the_intervals() -> None:
    found = calibration(*drawn(20_000))
    assert found.slope is not None
    assert found.intercept is not None
    assert found.ratio is not None
    assert found.slope.low < 1 < found.slope.high
    assert found.intercept.low < 0 < found.intercept.high
    assert found.ratio.low < 1 < found.ratio.high
    assert found.ece < 2 * found.ece_by_chance


def test_the_error_by_chance_is_the_mean_error_of_what_holds() -> None:
    found = [calibration(*drawn(300, seed)) for seed in range(30)]
    assert np.mean([one.ece for one in found]) == pytest.approx(np.mean([one.ece_by_chance for one in found]), rel=0.15)


def test_what_is_predicted_twice_as_often_as_it_happens_has_the_ratio_2() -> None:
    probability = np.full((10, 2), 0.5)
    hit = np.zeros((10, 2), np.bool_)
    hit[:5, 0] = True
    found = calibration(probability, hit)
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(2.0)
    assert found.ece == pytest.approx(0.25)
    # Five rankings of 1 - 2·1 and five of 1 - 0, over five hits.
    assert found.ratio.high - found.ratio.value == pytest.approx(1.959964 * np.sqrt(10) / 5)


def test_only_the_entries_inside_count() -> None:
    p, hit = drawn(500)
    inside = np.random.default_rng(3).random(p.shape) < 0.5
    whole = calibration(p, hit & inside, inside=inside)
    assert whole.entries == inside.sum()
    assert whole.ratio is not None
    assert whole.ratio.value == pytest.approx(p[inside].sum() / hit[inside].sum())


def test_without_the_entries_only_the_interval_of_the_ratio_is_measured() -> None:
    p, hit = drawn(500)
    kept, counted = calibration(p, hit), calibration(p, hit, kept=False)
    assert kept.slope is not None
    assert counted.slope is not None
    assert counted.slope.value == pytest.approx(kept.slope.value)
    assert counted.slope.as_dict() == {"value": counted.slope.value, "low": None, "high": None}
    assert counted.ratio == kept.ratio


def test_the_bins_of_a_plot_leave_out_probability_0_and_the_error_does_not() -> None:
    p = np.array([[0.0, 0.5], [0.0, 0.5]])
    found = calibration(p, np.array([[True, True], [True, False]]))
    assert found.ece == pytest.approx(0.5)
    shares = np.array(found.as_dict()["bins"])
    assert shares[:, :2] == pytest.approx(np.full((15, 2), 0.5))


def test_nothing_gathered_says_nothing_and_no_hit_no_ratio() -> None:
    assert Reliability(kept=True).calibration() is None
    none = calibration(np.full((1, 2), 0.1), np.zeros((1, 2), np.bool_))
    assert (none.ratio, none.slope, none.ece) == (None, None, pytest.approx(0.1))

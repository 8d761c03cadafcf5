"""The gamma prior finds the hazard that was planted."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.durability import durability
from recommender.tag_quality.gamma_prior import gamma_prior


def test_the_planted_hazards_are_found_and_predict_survival_under_a_lock() -> None:
    rng = np.random.default_rng(8)
    rate = rng.gamma(1.2, 1 / 300.0, 40_000)
    life, seen = rng.exponential(1 / rate), rng.uniform(30, 720, 40_000)
    a, b = gamma_prior((life <= seen).astype(float), np.minimum(life, seen))
    assert a / b == pytest.approx(1.2 / 300, rel=0.1)
    lock = rng.uniform(0, 240, len(life))
    survivor = lock + life > 360.0
    later = (lock + life - 360.0 > 180)[survivor].mean()
    predicted = durability(0.0, (360.0 - lock)[survivor], a=a, b=b).mean()
    calendar = durability(0.0, np.full(survivor.sum(), 360.0), a=a, b=b).mean()
    assert predicted == pytest.approx(later, abs=0.015)
    assert abs(calendar - later) > 2 * abs(predicted - later)


def test_without_an_end_the_hazard_is_small_and_without_a_day_there_is_none() -> None:
    a, b = gamma_prior(np.zeros(10), np.full(10, 100.0))
    assert a / b == pytest.approx(1 / 2_000)
    with pytest.raises(ValueError, match="no day"):
        gamma_prior(np.zeros(3), np.zeros(3))

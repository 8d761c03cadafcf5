"""A prior comes from the closest group that has seen enough."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.hierarchy import LEAST_STAGE, LEAST_TAG, hierarchy
from recommender.training_data import Floats


def mean_of(first: Floats, trials: Floats) -> tuple[float, float]:
    return float(first.sum() / trials.sum()), float(len(trials))


def sample(count: int, value: float, stage: int) -> tuple[Floats, Floats, np.ndarray]:
    return np.full(count, value), np.ones(count), np.full(count, stage)


def test_small_groups_take_the_prior_of_the_wider_one() -> None:
    rich, poor = sample(LEAST_STAGE, 0.75, 1), sample(LEAST_TAG - 1, 0.25, 0)
    found = hierarchy([rich, poor], mean_of, 2, (0.5, 0.0))
    assert found[0, 1].tolist() == [0.75, LEAST_STAGE]
    assert found[0, 0].tolist() == found[0, 1].tolist()
    assert found[1, 0, 1] == LEAST_STAGE + LEAST_TAG - 1


def test_where_nobody_saw_anything_the_prior_is_neutral() -> None:
    nothing = np.zeros(3), np.zeros(3), np.zeros(3, np.int64)
    assert hierarchy([nothing], mean_of, 1, (0.5, 7.0)).tolist() == [[[0.5, 7.0]]]

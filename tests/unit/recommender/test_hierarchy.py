"""A prior comes from the closest group that has seen enough."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.beta_prior import beta_prior
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


def test_a_tag_that_nobody_has_hit_yet_is_not_believed_never_to_be() -> None:
    rng = np.random.default_rng(1)
    usual = rng.binomial(3, rng.beta(2.0, 6.0, 2_000)).astype(float), np.full(2_000, 3.0), np.zeros(2_000, np.int64)
    quiet = np.zeros(LEAST_TAG), np.ones(LEAST_TAG), np.zeros(LEAST_TAG, np.int64)
    (apart, _), (told, _) = (
        hierarchy([quiet, usual], beta_prior, 1, (1.0, 1.0), shares=flag)[:, 0] for flag in (False, True)
    )
    assert apart[0] / apart.sum() < 1e-4
    assert told[0] / told.sum() == pytest.approx(0.25 / (LEAST_TAG + 1), rel=0.2)


def test_one_customer_more_moves_nothing_where_many_have_told() -> None:
    rng = np.random.default_rng(2)
    many = [
        (rng.binomial(4, rng.beta(a, b, 3_000)).astype(float), np.full(3_000, 4.0), rng.integers(0, 2, 3_000))
        for a, b in ((0.6, 3.4), (6.0, 2.0))
    ]
    apart, told = (hierarchy(many, beta_prior, 2, (1.0, 1.0), shares=flag) for flag in (False, True))
    assert told[..., 0] / told.sum(axis=2) == pytest.approx(apart[..., 0] / apart.sum(axis=2), abs=1e-3)
    assert told.sum(axis=2) == pytest.approx(apart.sum(axis=2), rel=0.02)

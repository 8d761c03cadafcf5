"""The fold-in is the solution of the weighted least squares that it says it solves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.models.als import Als, LambdaMode

seeds = st.integers(0, 2**32 - 1)
modes = st.sampled_from(["const", "freq"])


def _problem(seed: int, mode: LambdaMode) -> tuple[Als, np.ndarray]:
    rng = np.random.default_rng(seed)
    items, factors = int(rng.integers(1, 60)), int(rng.integers(1, 8))
    weights = np.where(rng.random(items) < 0.3, rng.gamma(1.0, 1.0, items), 0.0)
    weights[rng.integers(items)] = 0.5
    return Als(
        rng.normal(size=(items, factors)), float(rng.uniform(0.5, 20)), float(rng.uniform(0.1, 30)), mode
    ), weights


@given(seeds, modes)
def test_the_gradient_of_the_loss_vanishes_at_the_fold_in(seed: int, mode: LambdaMode) -> None:
    als, weights = _problem(seed, mode)
    found = als.fold_in(weights)
    assert found is not None
    confidence = 1 + als.alpha * weights
    wanted = (weights > 0).astype(np.float64)
    penalty = als.regularisation * (np.count_nonzero(weights) if mode == "freq" else 1)
    gradient = als.item_factors.T @ (confidence * (als.item_factors @ found - wanted)) + penalty * found
    scale = np.abs(als.item_factors.T @ (confidence * wanted)).max() + 1
    assert np.abs(gradient).max() <= 1e-9 * scale


@given(seeds, modes)
def test_more_of_a_product_pulls_its_score_towards_one(seed: int, mode: LambdaMode) -> None:
    als, weights = _problem(seed, mode)
    seen = int(np.flatnonzero(weights)[0])
    before = als.score(weights)
    weights[seen] *= 2
    after = als.score(weights)
    assert before is not None
    assert after is not None
    assert abs(1 - after[seen]) <= abs(1 - before[seen]) + 1e-9

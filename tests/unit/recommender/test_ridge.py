"""Directed ridge regression with a constant."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recommender.models.ridge import Ridge

RNG = np.random.default_rng(4)
STATES = sparse.csr_matrix((RNG.random((150, 6)) < 0.3).astype(np.float64))
BOUGHT = sparse.csr_matrix((RNG.random((150, 4)) < 0.3).astype(np.float64))


def test_the_weights_and_the_constant_solve_the_normal_equations() -> None:
    model = Ridge.fit(STATES, BOUGHT, l2=8.0)
    x, y = STATES.toarray(), BOUGHT.toarray()
    rest = y - x @ model.weights - model.constant
    assert np.allclose(x.T @ rest, 8.0 * model.weights)
    assert np.allclose(rest.sum(axis=0), 8.0 * model.constant)


def test_the_direction_is_learnt() -> None:
    # Whoever holds product 0 buys product 1, never the other way round.
    states = sparse.csr_matrix(np.tile([[1.0, 0.0], [0.0, 0.0]], (50, 1)))
    bought = sparse.csr_matrix(np.tile([[0.0, 1.0], [1.0, 0.0]], (50, 1)))
    model = Ridge.fit(states, bought, l2=1.0)
    forth, back = model.score(np.array([1.0, 0.0])), model.score(np.array([0.0, 1.0]))
    assert forth[1] > 0.9
    assert back[0] > 0.9
    assert model.weights[1].tolist() == [0.0, 0.0]


def test_without_a_purchase_to_learn_from_every_score_is_0() -> None:
    model = Ridge.fit(sparse.csr_matrix((0, 3)), sparse.csr_matrix((0, 3)))
    assert model.score(np.ones(3)).tolist() == [0.0, 0.0, 0.0]


def test_a_row_a_block_and_a_sparse_block_score_alike() -> None:
    model = Ridge.fit(STATES, BOUGHT)
    block = model.score(STATES[:4])
    assert block.shape == (4, 4)
    assert np.allclose(model.score(STATES[:4].toarray()), block)
    assert np.allclose(model.score(STATES[2].toarray()[0]), block[2])


def test_it_survives_the_way_through_arrays() -> None:
    model = Ridge.fit(STATES, BOUGHT)
    assert np.array_equal(Ridge.from_arrays(model.to_arrays()).score(STATES), model.score(STATES))


def test_rows_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="150 states for 3 purchases"):
        Ridge.fit(STATES, BOUGHT[:3])


def test_an_unregularised_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="l2"):
        Ridge.fit(STATES, BOUGHT, l2=0.0)

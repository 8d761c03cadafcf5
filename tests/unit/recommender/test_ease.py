"""EASE in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recommender.models.ease import Ease

RNG = np.random.default_rng(2)
HISTORY = sparse.csr_matrix((RNG.random((200, 12)) < 0.25).astype(np.float64))


def test_each_column_is_the_ridge_regression_on_the_other_products() -> None:
    # The closed form must equal the least squares it stands for: column j from all columns but j.
    weights = Ease.fit(HISTORY, l2=30.0).weights
    dense = HISTORY.toarray()
    for item in (0, 7):
        others = np.delete(np.arange(12), item)
        gram = dense[:, others].T @ dense[:, others] + 30.0 * np.eye(11)
        solved = np.linalg.solve(gram, dense[:, others].T @ dense[:, item])
        assert np.allclose(weights[others, item], solved)
        assert weights[item, item] == 0.0


def test_products_that_take_no_part_score_0_and_change_nothing() -> None:
    kept = np.delete(np.arange(12), [3, 9])
    scores = Ease.fit(HISTORY, l2=10.0, kept=kept).score(HISTORY)
    alone = Ease.fit(HISTORY[:, kept], l2=10.0).score(HISTORY[:, kept])
    assert not scores[:, [3, 9]].any()
    assert np.allclose(scores[:, kept], alone)


def test_a_row_a_block_and_a_sparse_block_score_alike() -> None:
    model = Ease.fit(HISTORY, l2=5.0)
    block = model.score(HISTORY[:4])
    assert block.shape == (4, 12)
    assert np.allclose(model.score(HISTORY[:4].toarray()), block)
    assert np.allclose(model.score(HISTORY[2].toarray()[0]), block[2])


def test_it_survives_the_way_through_arrays() -> None:
    model = Ease.fit(HISTORY, l2=5.0, kept=np.arange(7))
    assert np.array_equal(Ease.from_arrays(model.to_arrays()).score(HISTORY), model.score(HISTORY))


def test_an_unregularised_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="l2"):
        Ease.fit(HISTORY, l2=0.0)

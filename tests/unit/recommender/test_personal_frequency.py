"""Personal frequency with ties by popularity."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.models.personal_frequency import PersonalFrequency

PURCHASES = sparse.csr_matrix(np.array([[2.0, 0, 0, 1], [0, 5, 0, 1], [0, 0, 0, 3]]))


def test_own_purchases_come_first_then_what_others_bought() -> None:
    scores = PersonalFrequency.fit(PURCHASES).score(np.array([1.0, 0, 2, 0]))
    assert np.argsort(-scores).tolist() == [2, 0, 1, 3]


def test_the_popularity_of_a_product_never_outweighs_one_own_purchase() -> None:
    model = PersonalFrequency.fit(sparse.csr_matrix(np.array([[1e9, 1.0]])))
    scores = model.score(np.array([0.0, 1.0]))
    assert scores[1] > scores[0]


def test_a_row_a_block_and_a_sparse_block_score_alike() -> None:
    model = PersonalFrequency.fit(PURCHASES)
    block = model.score(PURCHASES)
    assert np.array_equal(model.score(PURCHASES.toarray()), block)
    assert np.array_equal(model.score(PURCHASES[1].toarray()[0]), block[1])


def test_without_purchases_every_product_is_equal() -> None:
    assert PersonalFrequency.fit(sparse.csr_matrix((0, 2))).score(np.zeros(2)).tolist() == [0.0, 0.0]


def test_it_survives_the_way_through_arrays() -> None:
    model = PersonalFrequency.fit(PURCHASES)
    assert np.array_equal(PersonalFrequency.from_arrays(model.to_arrays()).score(PURCHASES), model.score(PURCHASES))

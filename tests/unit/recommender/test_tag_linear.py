"""What tags say of products."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.models.tag_linear import TagLinear

RNG = np.random.default_rng(4)
ROWS = 3_000
TAGGED = RNG.random(ROWS) < 0.4
NOISE = RNG.random(ROWS) < 0.4
BOUGHT = np.column_stack([RNG.random(ROWS) < np.where(TAGGED, 0.6, 0.2), RNG.random(ROWS) < 0.5])
TAGS = np.column_stack([TAGGED, NOISE]).astype(float)
FITTED = TagLinear.fit(sparse.csr_matrix(TAGS), sparse.csr_matrix(BOUGHT, dtype=float))


def lift(*tags: int, value: float = 1.0) -> np.ndarray:
    return FITTED.score(1, np.zeros(len(tags), np.int64), np.array(tags, np.int64), np.full(len(tags), value))[0]


def test_a_tag_lifts_what_its_customers_buy_and_nothing_else() -> None:
    assert abs(lift(0)[0] - np.log(3)) < 0.25
    assert abs(lift(0)[1]) < 0.15
    assert np.abs(lift(1)).max() < 0.15


def test_a_tag_of_half_the_quality_lifts_less_and_one_of_none_not_at_all() -> None:
    assert 0 < lift(0, value=0.5)[0] < lift(0)[0]
    assert lift(0, value=0.0).tolist() == [0, 0]


def test_no_tag_and_a_tag_that_nobody_had_say_nothing() -> None:
    assert lift().tolist() == [0, 0]
    assert lift(7).tolist() == [0, 0]


def test_one_customer_and_many_score_alike() -> None:
    block = FITTED.score(2, np.array([1, 1]), np.array([0, 1]), np.ones(2))
    assert block[0].tolist() == [0, 0]
    assert np.allclose(block[1], lift(0, 1))


def test_a_penalty_keeps_a_rare_tag_small() -> None:
    rare = np.zeros((ROWS, 1))
    rare[np.flatnonzero(BOUGHT[:, 0])[:2]] = 1.0
    fitted = TagLinear.fit(sparse.csr_matrix(rare), sparse.csr_matrix(BOUGHT, dtype=float))
    assert abs(fitted.score(1, np.array([0]), np.array([0]), np.ones(1))[0, 0]) < 0.15


def test_it_comes_back_from_its_arrays_and_knows_nothing_without_tags() -> None:
    again = TagLinear.from_arrays(FITTED.to_arrays())
    assert again.weights.tolist() == FITTED.weights.tolist()
    empty = TagLinear.fit(sparse.csr_matrix((5, 0)), sparse.csr_matrix((5, 2)))
    assert empty.score(1, np.array([0]), np.array([0]), np.ones(1)).tolist() == [[0, 0]]

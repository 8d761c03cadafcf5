"""What tags say of products."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.logistic import fit_logistic, log_loss
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


def test_many_rare_tags_that_say_nothing_cost_little_and_nothing_after_the_blend() -> None:
    """recommender.md §12, trap 11: log loss of what others buy, with the tags against without."""
    rng = np.random.default_rng(6)
    rows, tags, products, learnt = 4_000, 600, 12, 1_000
    carried = sparse.csr_matrix(np.where(rng.random((rows, tags)) < 4 / tags, 1.0, 0.0))
    product = rng.choice(products, rows, p=np.arange(1, products + 1) / 78)
    bought = sparse.csr_matrix((np.ones(rows), (np.arange(rows), product)), shape=(rows, products))
    fitted = TagLinear.fit(carried[:learnt], bought[:learnt])
    row, tag = carried[learnt:].nonzero()
    lifts = fitted.score(rows - learnt, row, tag, np.ones(len(row))).ravel()
    share = np.tile(np.log(np.asarray(bought[:learnt].mean(axis=0)).ravel()), rows - learnt)
    truth = bought[learnt:].toarray().ravel() > 0
    assert log_loss(share + lifts, truth, np.ones(len(truth))) < 1.03 * log_loss(share, truth, np.ones(len(truth)))
    first, last = slice(None, len(truth) // 2), slice(len(truth) // 2, None)
    losses = []
    for columns in (np.stack([share, lifts], axis=1), share[:, None]):
        rows32 = columns.astype(np.float32)
        blend = fit_logistic(rows32[first], truth[first], np.ones(len(truth[first])), 1e-4)
        losses.append(log_loss(rows32[last] @ blend.weights + blend.constant, truth[last], np.ones(len(truth[last]))))
    assert losses[0] <= losses[1] + 1e-3

"""What is acquired next, given what is had."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.models.transition import Transition

RNG = np.random.default_rng(3)
PRODUCTS, ROWS = 3, 2_000
HELD = RNG.random((ROWS, PRODUCTS)) < 0.5
FLAGS = np.hstack([HELD, np.zeros((ROWS, 2 * PRODUCTS), np.bool_)])
# After product 0 comes product 1, never the other way round; product 2 comes to anybody.
BOUGHT = np.column_stack(
    [RNG.random(ROWS) < 0.1, RNG.random(ROWS) < np.where(HELD[:, 0], 0.7, 0.1), RNG.random(ROWS) < 0.3]
)
FITTED = Transition.fit_products(sparse.csr_matrix(FLAGS, dtype=float), sparse.csr_matrix(BOUGHT, dtype=float))
NOTHING, FIRST, SECOND = (np.zeros((1, 3 * PRODUCTS), np.bool_) for _ in range(3))
FIRST[0, 0] = SECOND[0, 1] = True


def odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


def test_log_odds_follow_the_direction() -> None:
    assert abs(FITTED.score(FIRST)[0, 1] - odds(0.7)) < 0.3
    assert abs(FITTED.score(NOTHING)[0, 1] - odds(0.1)) < 0.4
    assert abs(FITTED.score(SECOND)[0, 0] - FITTED.score(NOTHING)[0, 0]) < 0.4


def test_one_customer_and_many_score_alike() -> None:
    block = FITTED.score(FLAGS[:50])
    assert np.allclose(block, np.vstack([FITTED.score(FLAGS[[row]]) for row in range(50)]), atol=1e-9)


def test_categories_have_log_lifts_drawn_to_none() -> None:
    chain = Transition.fit_categories(sparse.csr_matrix(FLAGS, dtype=float), sparse.csr_matrix(BOUGHT, dtype=float))
    assert chain.score(FIRST)[0, 1] > 0.2
    assert chain.score(NOTHING).tolist() == [[0, 0, 0]]
    assert np.abs(chain.weights[PRODUCTS:]).max() < 1e-9  # flags that were never seen say nothing


def test_it_comes_back_from_its_arrays() -> None:
    again = Transition.from_arrays(FITTED.to_arrays())
    assert again.score(FIRST).tolist() == FITTED.score(FIRST).tolist()


def test_without_a_purchase_there_is_nothing_but_a_flat_start() -> None:
    empty = Transition.fit_products(sparse.csr_matrix((0, 9)), sparse.csr_matrix((0, 3)))
    assert np.isfinite(empty.score(FIRST)).all()


def test_a_pair_of_holdings_says_more_than_its_parts() -> None:
    rng = np.random.default_rng(5)
    held = rng.random((4_000, 3)) < 0.5
    flags = np.hstack([held, np.zeros((4_000, 6), np.bool_)])
    both = held[:, 0] & held[:, 1]
    bought = np.column_stack(
        [rng.random(4_000) < 0.1, rng.random(4_000) < 0.1, rng.random(4_000) < np.where(both, 0.8, 0.1)]
    )
    fitted = Transition.fit_products(sparse.csr_matrix(flags, dtype=float), sparse.csr_matrix(bought, dtype=float))
    assert fitted.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    asked = np.zeros((3, 9), np.bool_)
    asked[0, [0, 1]] = asked[1, 0] = asked[2, 1] = True
    assert abs(fitted.score(asked[:1])[0, 2] - odds(0.8)) < 0.4
    assert max(fitted.score(asked[1:2])[0, 2], fitted.score(asked[2:])[0, 2]) < odds(0.25)
    assert np.allclose(fitted.score(asked), np.vstack([fitted.score(asked[[row]]) for row in range(3)]), atol=1e-9)


def test_pairs_that_are_rarely_held_together_are_no_input() -> None:
    flags = np.zeros((200, 9), np.bool_)
    flags[:40, :2] = True
    fitted = Transition.fit_products(sparse.csr_matrix(flags, dtype=float), sparse.csr_matrix(np.eye(200, 3)))
    assert not len(fitted.pairs)


def test_each_product_has_a_target_of_its_own() -> None:
    """recommender.md §12, trap 13: as one of many classes what is bought together would share one chance."""
    rng = np.random.default_rng(8)
    held = rng.random((4_000, 3)) < 0.5
    together = rng.random(4_000) < np.where(held[:, 0], 0.9, 0.1)
    bought = np.column_stack([together, together, rng.random(4_000) < 0.3])
    flags = np.hstack([held, np.zeros((4_000, 6), np.bool_)])
    kept = bought.any(axis=1)
    fitted = Transition.fit_products(
        sparse.csr_matrix(flags[kept], dtype=float), sparse.csr_matrix(bought[kept], dtype=float)
    )
    chance = bought[kept][flags[kept, 0]].mean(axis=0)
    assert chance[0] > 0.9
    assert np.abs(fitted.score(FIRST)[0, :2] - odds(chance[0])).max() < 0.5

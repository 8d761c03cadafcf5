"""What the fits of a blend learn from."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.blend_parts import FOLDS, Mixture, Parts, fold_of
from recommender.features import EVER_HAD, NAMES, NEVER_HAD, STRANGER
from recommender.logistic import Fitted, fit_logistic
from recommender.ranking_rows import RankingRows

CUSTOMERS, PRODUCTS = 60, 10
SIZE = CUSTOMERS * PRODUCTS
LOOKS, HELD, EVENTS = (NAMES.index(name) for name in ("looks", "held", "events"))


def rows_of(seed: int) -> RankingRows:
    """Two occasions a customer: what is looked at is bought."""
    rng = np.random.default_rng(seed)
    features = np.zeros((SIZE, len(NAMES)), np.float32)
    features[:, LOOKS], features[:, HELD], features[:, EVENTS] = rng.normal(size=SIZE), rng.random(SIZE) < 0.5, 1
    truth = features[:, LOOKS] + rng.normal(size=SIZE) > 1
    customer, item = np.divmod(np.arange(SIZE), PRODUCTS)
    known, owner = np.full(CUSTOMERS, 3.0), np.arange(CUSTOMERS) // 2
    return RankingRows(features, truth, customer, item, known, np.arange(PRODUCTS), owner)


ROWS, HIDDEN = rows_of(0), rows_of(1)
MIXTURE = Mixture(ROWS, np.arange(SIZE) + 1.0, {STRANGER: HIDDEN})
NOTHING = Fitted(np.zeros(len(NAMES)), 0.0, 1e-3)


def test_all_the_occasions_of_a_customer_are_in_one_fold() -> None:
    owner = ROWS.owner[ROWS.customer]
    for one in np.unique(owner):
        assert len(np.unique(fold_of(ROWS)[owner == one])) == 1
    assert set(fold_of(ROWS)) == set(range(FOLDS))


@pytest.mark.parametrize("fold", range(FOLDS))
def test_without_a_fold_its_customers_teach_nothing_whole_or_hidden(fold: int) -> None:
    found = MIXTURE.without(fold)
    for rows in (found.rows, found.unknown[STRANGER]):
        assert fold not in set(rows.owner[rows.customer] % FOLDS)
    assert found.weight.tolist() == MIXTURE.weight[fold_of(ROWS) != fold].tolist()
    assert len(found.rows.truth) == np.count_nonzero(fold_of(ROWS) != fold)


def test_each_fit_learns_from_the_rows_of_its_kind_with_its_penalty() -> None:
    parts = Parts(NOTHING, {NEVER_HAD: NOTHING, EVER_HAD: NOTHING, STRANGER: NOTHING}).learnt_from(MIXTURE)
    had = ROWS.features[:, HELD] > 0
    own = fit_logistic(ROWS.features[had], ROWS.truth[had], MIXTURE.weight[had], 1e-3)
    hidden = fit_logistic(HIDDEN.features, HIDDEN.truth, HIDDEN.weight(), 1e-3)
    every = fit_logistic(ROWS.features, ROWS.truth, MIXTURE.weight, 1e-3)
    for found, expected in ((parts.own[EVER_HAD], own), (parts.own[STRANGER], hidden), (parts.both, every)):
        assert found.weights == pytest.approx(expected.weights, abs=1e-3)
        assert found.l2 == 1e-3
    assert parts.blend().weights[NEVER_HAD].tolist() == parts.own[NEVER_HAD].weights.tolist()

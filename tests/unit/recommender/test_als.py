"""The fold-in of a customer's events into fitted item factors."""

from __future__ import annotations

import numpy as np
import pytest
from implicit.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.factorisation import AlsSettings, confidences, factors_allowed, fit_als
from recommender.models.als import Als
from tests.architecture.tree import attributes, modules

ITEMS, FACTORS = 120, 8


def history(customers: int = 200, seed: int = 3) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    weights = np.where(rng.random((customers, ITEMS)) < 0.06, rng.gamma(1.0, 0.4, (customers, ITEMS)), 0.0)
    return sparse.csr_matrix(weights)


WEIGHTS = history()
FITTED = fit_als(WEIGHTS, AlsSettings(factors=FACTORS, regularisation=2.0, alpha=6.0, iterations=8))


def test_the_fold_in_agrees_with_recalculate_of_implicit() -> None:
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors=FACTORS, regularization=2.0, alpha=1.0, num_threads=1, use_gpu=False)
    model.item_factors = FITTED.item_factors.astype(np.float32)
    rows = np.arange(50)
    theirs = model.recalculate_user(rows, confidences(WEIGHTS[rows], 6.0))
    ours = np.array([FITTED.fold_in(WEIGHTS[[row]].toarray()[0]) for row in rows])
    error = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
    assert error.max() < 1e-5


def test_every_confidence_is_at_least_that_of_an_unseen_product() -> None:
    tiny = sparse.csr_matrix(np.array([[1e-9, 0.0, 3.0]]))
    assert confidences(tiny, 4.0).data.tolist() == pytest.approx([1.0, 13.0])


def test_the_faintest_event_raises_its_products_score() -> None:
    """Also of one that the customer is far from: a confidence below that of an unseen product would let it sink."""
    weights = WEIGHTS[[0]].toarray()[0]
    before = FITTED.score(weights)
    assert before is not None
    unseen = np.flatnonzero(weights == 0)
    assert before[unseen].min() < 0
    for product in unseen:
        after = FITTED.score(np.where(np.arange(ITEMS) == product, 1e-6, weights))
        assert after is not None
        assert after[product] > before[product]


def test_the_regularisation_grows_with_the_history_in_mode_freq_only() -> None:
    weights = WEIGHTS[[1]].toarray()[0]
    seen = np.count_nonzero(weights)
    freq = Als(FITTED.item_factors, 6.0, 2.0, "freq")
    same = Als(FITTED.item_factors, 6.0, 2.0 * seen, "const")
    assert seen > 1
    np.testing.assert_allclose(freq.fold_in(weights), same.fold_in(weights), rtol=1e-12)
    assert not np.allclose(freq.fold_in(weights), FITTED.fold_in(weights))


def test_products_bought_before_have_a_score() -> None:
    weights = WEIGHTS[[2]].toarray()[0]
    scores = FITTED.score(weights)
    assert scores is not None
    assert np.isfinite(scores).all()
    assert scores[weights > 0].mean() > scores[weights == 0].mean()


def test_nothing_asks_implicit_for_a_list_because_it_would_leave_out_what_is_held() -> None:
    for path in modules("recommender"):
        # The baseline of the tables is implicit's own fold-in; not even there is its list asked for.
        banned = {"recommend"} if path.parent.name == "baselines" else {"recommend", "user_factors", "recalculate_user"}
        assert not attributes(path) & banned, path.name


def test_a_customer_without_events_has_no_score() -> None:
    assert FITTED.score(np.zeros(ITEMS)) is None


def test_the_same_input_gives_the_same_factors() -> None:
    again = fit_als(WEIGHTS, AlsSettings(factors=FACTORS, regularisation=2.0, alpha=6.0, iterations=8))
    assert again.item_factors.tobytes() == FITTED.item_factors.tobytes()
    other = fit_als(WEIGHTS, AlsSettings(factors=FACTORS, regularisation=2.0, alpha=6.0, iterations=8, seed=1))
    assert other.item_factors.tobytes() != FITTED.item_factors.tobytes()


def test_the_fit_takes_one_thread_even_where_blas_is_offered_more() -> None:
    with threadpool_limits(2, "blas"):
        again = fit_als(WEIGHTS, AlsSettings(factors=FACTORS, regularisation=2.0, alpha=6.0, iterations=8))
    assert again.item_factors.tobytes() == FITTED.item_factors.tobytes()


def test_a_small_catalogue_carries_few_factors() -> None:
    assert factors_allowed(ITEMS) == 12
    with pytest.raises(ValueError, match="13 factors for 120 products"):
        fit_als(WEIGHTS, AlsSettings(factors=13))


def test_it_comes_back_from_its_arrays() -> None:
    again = Als.from_arrays(FITTED.to_arrays(), alpha=6.0, regularisation=2.0, lambda_mode="const")
    weights = WEIGHTS[[4]].toarray()[0]
    assert np.array_equal(again.score(weights), FITTED.score(weights))

"""The weights of one blend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from recommender.blend_fit import BlendFit, calibration_of
from recommender.blend_parts import FOLDS, fold_of
from recommender.evidence import Evidence
from recommender.features import KINDS, NAMES, STRANGER, UNSEEN, kind_of
from recommender.ranking_rows import RankingRows

CUSTOMERS, PRODUCTS = 600, 20
LOOKS, HELD, TAG = NAMES.index("looks"), NAMES.index("held"), NAMES.index("tag")
POPULARITY = NAMES.index("popularity")


def rows_of(seed: int, slope_new: float, slope_had: float) -> RankingRows:
    """Looks mean one thing for products that are held and another for those that are new."""
    rng = np.random.default_rng(seed)
    size = CUSTOMERS * PRODUCTS
    features = np.zeros((size, len(NAMES)), np.float32)
    features[:, LOOKS], features[:, HELD] = rng.normal(size=size), rng.random(size) < 0.4
    features[:, NAMES.index("events")] = np.log1p(3)
    features[:, NAMES.index("popularity")] = np.tile(np.linspace(-1, 1, PRODUCTS), CUSTOMERS)
    had = features[:, HELD] > 0
    chance = expit(np.where(had, slope_had, slope_new) * features[:, LOOKS] - 1.5)
    item = np.tile(np.arange(PRODUCTS), CUSTOMERS)
    customer = np.repeat(np.arange(CUSTOMERS), PRODUCTS)
    known, owner = np.full(CUSTOMERS, 3.0), np.arange(CUSTOMERS)
    return RankingRows(features, rng.random(size) < chance, customer, item, known, np.arange(PRODUCTS), owner)


def unseen_of(seed: int, slope: float = 2.0, *, tenured: bool = True) -> RankingRows:
    """Of whom nothing is known, popularity is all that counts."""
    rows = rows_of(seed, 0.0, 0.0)
    features = np.zeros_like(rows.features)
    features[:, POPULARITY] = rows.features[:, POPULARITY]
    features[:, NAMES.index("tenured")] = tenured
    chance = expit(slope * features[:, POPULARITY] - 1.5)
    truth = np.random.default_rng(seed + 10).random(len(chance)) < chance
    return rows._replace(features=features, truth=truth, events=np.zeros(CUSTOMERS))


def evidence(seed: int, slope_new: float, slope_had: float) -> Evidence:
    rows = rows_of(seed, slope_new, slope_had)
    return Evidence(rows, rows, unseen_of(seed), np.full(CUSTOMERS, 3))


def test_products_had_before_get_weights_of_their_own_where_these_differ() -> None:
    fitted = BlendFit.of(evidence(0, 1.0, -1.0), evidence(1, 1.0, -1.0))
    assert fitted.blend.weights[:2, LOOKS] == pytest.approx([1.0, -1.0], abs=0.15)
    assert "without tags" not in fitted.ablated


def test_one_set_of_weights_serves_both_where_little_was_bought() -> None:
    learnt, held = evidence(0, 1.0, 1.0), evidence(1, 1.0, 1.0)
    few = learnt.whole._replace(truth=learnt.whole.truth & (np.arange(len(learnt.whole.truth)) % 40 == 0))
    fitted = BlendFit.of(Evidence(few, few, learnt.unseen, learnt.kept), held)
    assert fitted.blend.weights[0].tolist() == fitted.blend.weights[1].tolist()


def test_cut_histories_do_not_count_where_few_events_lose_nothing() -> None:
    fitted = BlendFit.of(evidence(0, 1.0, 1.0), evidence(1, 1.0, 1.0))
    assert fitted.cut_share == 0
    assert not any(point.below for point in fitted.curve)


@pytest.mark.parametrize("new_ones", [True, False])
def test_strangers_are_learnt_from_new_customers_and_the_unseen_from_all(*, new_ones: bool) -> None:
    """Where there are no new customers, strangers too are what anybody is of whom nothing is seen."""

    def known(seed: int) -> Evidence:
        rows = rows_of(seed, 1.0, 1.0)
        whole = RankingRows.joined([rows, unseen_of(seed + 50, -1.0, tenured=False)]) if new_ones else rows
        return Evidence(whole, rows, unseen_of(seed), np.full(CUSTOMERS, 3))

    found = BlendFit.of(known(0), known(1)).blend.weights[:, POPULARITY]
    assert found[UNSEEN] == pytest.approx(2.0, abs=0.15)
    assert found[STRANGER] == pytest.approx(-1.0 if new_ones else 2.0, abs=0.15)


def test_calibration_knows_both_kinds_of_product() -> None:
    rows = rows_of(2, 1.0, 1.0)
    had = rows.features[:, HELD] > 0
    logits = rows.features[:, LOOKS] * np.where(had, 0.5, 2.0) - 1.5 * np.where(had, 0.5, 2.0)
    found = calibration_of(logits, rows.truth, had.astype(int))
    assert found[:2, 0] == pytest.approx([0.5, 2.0], rel=0.15)
    assert (np.abs(np.log(calibration_of(logits, rows.truth, had.astype(int), 0.01)[:2, 0])) < 0.3).all()
    nothing = calibration_of(logits, np.zeros_like(rows.truth), had.astype(int))
    assert nothing.tolist() == [[1, 0]] * KINDS


def test_nobodys_own_outcome_is_in_the_weights_that_score_him_crosswise() -> None:
    learnt, held = evidence(0, 1.0, -1.0), evidence(1, 1.0, -1.0)
    fitted, every = BlendFit.of(learnt, held), RankingRows.joined([learnt.whole, held.whole])
    before = fitted.crossed(every, fitted.mixture(learnt, held))
    his = learnt.whole.owner[learnt.whole.customer] == 7
    other = replace(learnt, whole=learnt.whole._replace(truth=learnt.whole.truth ^ his))
    after = fitted.crossed(every, fitted.mixture(other, held))
    own = every.owner[every.customer] == 7  # in both parts: it is the customer that is kept apart, not the occasion
    assert np.array_equal(after[own], before[own])
    elsewhere = fold_of(every) != 7 % FOLDS
    assert not np.allclose(after[elsewhere], before[elsewhere], atol=1e-7)


def test_the_unseen_are_scored_crosswise_as_they_are_served() -> None:
    """By weights of customers with everything hidden, not of the real ones of whom nothing is known."""

    def known(seed: int) -> Evidence:
        rows = rows_of(seed, 1.0, 1.0)
        whole = RankingRows.joined([rows, unseen_of(seed + 50, -1.0)])
        return Evidence(whole, rows, unseen_of(seed), np.full(CUSTOMERS, 3))

    learnt, held = known(0), known(1)
    fitted, mixture = BlendFit.of(learnt, held), BlendFit.of(learnt, held).mixture(learnt, held)
    found = fitted.crossed(learnt.whole, mixture)
    unknown = kind_of(learnt.whole.features.T) == UNSEEN
    served = fitted.parts.learnt_from(mixture).blend().logits(learnt.whole.features)
    assert np.corrcoef(found[unknown], served[unknown])[0, 1] > 0.99


def test_a_bank_of_strangers_alone_has_a_blend() -> None:
    def known(seed: int) -> Evidence:
        new = unseen_of(seed, tenured=False)
        return Evidence(new, new, new, np.zeros(CUSTOMERS, np.int64))

    assert np.isfinite(BlendFit.of(known(0), known(1)).blend.weights).all()

"""Item factors from outside in training: what they must be, and that they are a feature like the trainer's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.artifact import dumps, loads
from recommender.cuts import cuts_of, interactions_until
from recommender.factorisation import AlsSettings, fit_als
from recommender.given_factors import FactorsError, GivenFactors, ItemFactors
from recommender.interactions import HalfLives, Items
from recommender.stage_of import als_of
from recommender.train import Trained, TrainingSettings, train
from tests.unit.recommender.bank import AS_OF, bank_of_tastes

DATA = bank_of_tastes()
ITEMS = Items.of(DATA.events, DATA.spells)
CUTS = cuts_of(DATA, ITEMS)
RANK, ALPHA, REG = 4, 4.0, 0.05


def own(day: int) -> ItemFactors:
    """Factors of the products that are known at a day, as somebody else might have fitted them."""
    weights = interactions_until(DATA, ITEMS, day, HalfLives())
    known = np.flatnonzero(np.diff(weights.tocsc().indptr))
    fitted = fit_als(weights[:, known], AlsSettings(factors=RANK, regularisation=1.0, alpha=ALPHA))
    return ItemFactors(ITEMS.product[known].astype(np.int64), fitted.item_factors)


@cache
def sets() -> Mapping[int, ItemFactors]:
    return {day: own(day) for day in CUTS}


def given(**changes: object) -> GivenFactors:
    fields: dict[str, object] = {"rank": RANK, "alpha": ALPHA, "reg_param": REG, "by_day": sets()}
    return GivenFactors(**fields | changes)  # type: ignore[arg-type]


@cache
def trained() -> Trained:
    return train(DATA, TrainingSettings(given=given()))


def test_they_are_the_model_of_the_artifact_with_the_penalty_of_spark() -> None:
    artifact = loads(dumps(trained().artifact))
    als = als_of(artifact)
    assert als is not None
    assert (als.lambda_mode, als.alpha, als.regularisation) == ("freq", ALPHA, REG)
    newest = sets()[AS_OF]
    assert np.array_equal(als.item_factors[ITEMS.rows(newest.product)], newest.factors)
    assert artifact.manifest["models"]["als"]["fitted"] == "elsewhere"


def test_the_rows_that_are_judged_know_the_set_that_ends_before_them() -> None:
    test = trained().test
    assert test is not None
    assert test.stage.als is not None
    before = sets()[test.from_day - 1]
    assert np.array_equal(test.stage.als.item_factors[test.stage.items.rows(before.product)], before.factors)
    assert trained().artifact.manifest["metrics"]["from_day"] == test.from_day


def test_those_that_do_not_beat_popularity_are_dropped() -> None:
    rng = np.random.default_rng(0)
    noise = {day: ItemFactors(one.product, rng.normal(size=one.factors.shape)) for day, one in sets().items()}
    artifact = train(DATA, TrainingSettings(given=given(by_day=noise))).artifact
    measured = artifact.manifest["metrics"]
    assert measured["als"][0]["map"] < measured["popularity"]["map"]
    assert artifact.manifest["models"]["als"] is None
    assert "als.item_factors" not in artifact.arrays


def test_a_product_without_factors_scores_nothing() -> None:
    product, factors = sets()[AS_OF]
    als = given(by_day={AS_OF: ItemFactors(product[1:], factors[1:])}).at(AS_OF, ITEMS)
    scores = als.score(np.ones(len(ITEMS.product)))
    assert scores is not None
    assert scores[ITEMS.rows(product[:1])].tolist() == [0.0]
    assert (scores != 0).sum() == len(product) - 1


def changed(day: int, change: Callable[[ItemFactors], ItemFactors]) -> GivenFactors:
    return given(by_day={**sets(), day: change(sets()[day])})


def with_another(product: int) -> Callable[[ItemFactors], ItemFactors]:
    return lambda one: ItemFactors(np.append(one.product, product), np.vstack([one.factors, one.factors[:1]]))


FIRST = CUTS[0]
FAULTS = {
    "a cut is missing": (
        given(by_day={AS_OF: sets()[AS_OF]}),
        r"cut 2022-1\d-\d\d: no factors; there are those of 2023",
    ),
    "an unknown product": (changed(FIRST, with_another(9_999)), "id: nobody ever had to do with product 9999"),
    "a product is missing": (
        changed(FIRST, lambda one: ItemFactors(one.product[5:], one.factors[5:])),
        r"id: has no factors of product 3, 5, 7 and 2 more",
    ),
    "too many factors": (given(rank=7), "rank: 7 factors for 60 products; at most 6"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_refused_by_cut_and_field(fault: str) -> None:
    wrong, message = FAULTS[fault]
    with pytest.raises(FactorsError, match=message):
        train(DATA, TrainingSettings(given=wrong))


def test_factors_of_a_product_that_came_later_know_the_future() -> None:
    events = DATA.events
    late = DATA.events.where((events.product != 3) | (events.day > FIRST))
    data = replace(DATA, events=late)
    with pytest.raises(FactorsError, match="knows the future: up to that day nobody had to do with product 3"):
        given().check(data, ITEMS, CUTS)


def test_no_set_is_used_for_a_day_that_it_has_seen_the_morrow_of() -> None:
    assert np.array_equal(given().at(CUTS[1] - 1, ITEMS).item_factors, given().at(FIRST, ITEMS).item_factors)
    with pytest.raises(FactorsError, match="no factors of that day or before it"):
        given().at(FIRST - 1, ITEMS)

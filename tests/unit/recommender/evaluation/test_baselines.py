"""Baselines as the table fits them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from recommender.evaluation.baselines.als import AlsChoice, als
from recommender.evaluation.baselines.bought_when_eligible import bought_when_eligible
from recommender.evaluation.baselines.ease import ease
from recommender.evaluation.baselines.held_last import held_last
from recommender.evaluation.baselines.item_item import item_item
from recommender.evaluation.baselines.personal_frequency import personal_frequency
from recommender.evaluation.baselines.popularity import popularity
from recommender.evaluation.baselines.random_order import random_order
from recommender.evaluation.baselines.ridge import ridge
from recommender.evaluation.known import Known
from recommender.evaluation.study import Fit
from tests.unit.recommender.evaluation.tiny import ITEMS, START, dataset, marks

KNOWN = Known(
    dataset(
        marks((0, 1, 20), (1, 2, 20), (0, 3, 60), (2, 1, 70)),
        snapshots=marks((0, 0, 10), (0, 0, 50), (0, 1, 50), (2, 4, 50), (0, 1, 100), (0, 4, 100)),
        eligibility=marks((0, 1, 20), (0, 2, 20), (1, 2, 20), (2, 0, 70)),
    ).before(START),
    START,
)
EVERYBODY = np.arange(4)
FITS: dict[str, Fit] = {
    "random": partial(random_order, seed=1),
    "popularity": popularity,
    "eligible": bought_when_eligible,
    "personal": personal_frequency,
    "als": partial(als, choice=AlsChoice(factors=2), seed=1),
    "item_item": item_item,
    "ease": partial(ease, l2=1.0),
    "ridge": ridge,
}


@pytest.mark.parametrize("name", FITS)
def test_each_scores_everybody_and_the_same_twice(name: str) -> None:
    scores = FITS[name](KNOWN)(EVERYBODY)
    assert scores.shape == (4, ITEMS)
    assert np.isfinite(scores).all()
    assert np.array_equal(FITS[name](KNOWN)(EVERYBODY), scores)


@pytest.mark.parametrize("name", FITS)
def test_held_products_go_last_and_the_rest_keeps_its_order(name: str) -> None:
    plain, last = FITS[name](KNOWN)(EVERYBODY), held_last(KNOWN, FITS[name](KNOWN))(EVERYBODY)
    held = KNOWN.held.toarray()[0] > 0
    assert last[0, held].max() < last[0, ~held].min()
    assert np.array_equal(last[0, ~held], plain[0, ~held])
    assert np.array_equal(last[1], plain[1])


def test_what_was_bought_is_divided_by_what_could_have_been() -> None:
    # Product 1 was eligible once and bought then, 2 twice and bought once, 0 once and not bought.
    assert bought_when_eligible(KNOWN)(np.arange(1)).tolist() == [[0.0, 1.0, 0.5, 0.0, 0.0]]


def test_the_own_purchases_come_first() -> None:
    assert np.argsort(-personal_frequency(KNOWN)(EVERYBODY)[0], kind="stable")[:2].tolist() == [1, 3]

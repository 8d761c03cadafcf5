"""What the list over all products learns where it is known what could be bought."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from recommender.blending import blend
from recommender.first_stage import LEAST_CHOICES, StageSettings
from recommender.interactions import HalfLives, Items
from recommender.points import CustomerDays, choices_of
from recommender.ranker import LISTING
from recommender.scorer import Scorer
from recommender.train import TrainingSettings, train
from recommender.training_data import Eligibility, TrainingData
from tests.unit.recommender.bank import AS_OF, bank_of_tastes

PRODUCTS, FIRST = 12, AS_OF - 50
NUMBERS = 2 * np.arange(PRODUCTS) + 3  # as `bank_of_tastes` numbers its products


@cache
def choosing() -> TrainingData:
    """Lately everybody could buy what he bought and some other products, the lowest numbers more often than others."""
    data = bank_of_tastes(customers=900, products=PRODUCTS, count=20_000)
    occasions = CustomerDays.of(data.events, Items.of(data.events, data.spells), FIRST, AS_OF)
    rng = np.random.default_rng(2)
    free = rng.random((len(occasions.day), PRODUCTS)) < np.linspace(0.9, 0.2, PRODUCTS)
    row, product = np.nonzero(free)
    events = data.events
    late = events.where(events.day >= FIRST)
    return replace(
        data,
        eligibility=Eligibility(
            np.concatenate([occasions.customer[row], late.customer]),
            np.concatenate([NUMBERS[product], late.product]),
            np.concatenate([occasions.day[row], late.day]),
        ),
    )


def test_the_list_learns_only_from_what_competed() -> None:
    data = choosing()
    found = blend(data, Items.of(data.events, data.spells), StageSettings(None, HalfLives()), "auto", 0)
    assert found is not None
    rows, sample = found.test.rows[LISTING], found.test.samples[LISTING]
    assert sample.eligible is not None
    assert len(sample.customer) >= LEAST_CHOICES / 4
    assert sample.eligible[rows.customer, rows.item].all()
    assert len(rows.truth) < 0.9 * len(sample.customer) * PRODUCTS
    assert rows.feature("choice").any()


def test_nobody_is_tested_on_whom_the_choice_was_learnt() -> None:
    """A choice learnt from the outcome itself would tell it; the other half of the customers does not."""
    data = choosing()
    found = blend(data, Items.of(data.events, data.spells), StageSettings(None, HalfLives()), "auto", 0)
    assert found is not None
    rows = found.test.rows[LISTING]
    utility = rows.feature("choice")
    half = found.test.samples[LISTING].customer[rows.customer] % 2
    for item in range(PRODUCTS):
        own = [utility[(rows.item == item) & (half == side)] for side in range(2)]
        assert not np.isin(own[0], own[1]).any()


def test_who_may_buy_what_changes_the_list() -> None:
    data = choosing()
    scorer = Scorer(train(data, TrainingSettings(als_grid=())).artifact, NUMBERS)
    free = np.ones((1, PRODUCTS), np.bool_)
    free[0, :6] = False
    customer, day = np.array([3]), np.array([AS_OF])
    unknown = scorer.listing(data, customer, day)
    assert not np.array_equal(scorer.listing(data, customer, day, free), unknown)
    assert np.array_equal(scorer.listing(data, customer, day, np.zeros_like(free)), unknown)


def test_too_few_days_with_eligibility_teach_nothing() -> None:
    data = choosing()
    few = data.eligibility.where(data.eligibility.customer < 100)
    found = blend(
        replace(data, eligibility=few), Items.of(data.events, data.spells), StageSettings(None, HalfLives()), "auto", 0
    )
    assert found is not None
    assert found.test.samples[LISTING].eligible is None
    assert not found.test.rows[LISTING].feature("choice").any()


def test_what_could_be_bought_on_a_day_without_a_purchase_is_no_choice() -> None:
    data = choosing()
    nobody = np.arange(data.customers)
    quiet = Eligibility(nobody, np.full(data.customers, NUMBERS[0]), np.full(data.customers, FIRST - 1))
    items = Items.of(data.events, data.spells)
    bought = data.events.where(data.events.day != FIRST - 1)
    assert not len(choices_of(bought, quiet, items).day)
    assert len(choices_of(bought, data.eligibility, items).day) > LEAST_CHOICES

"""Features: the same from a whole history as from one state, and fold-ins as at request time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.blending import final_stage
from recommender.factorisation import AlsSettings
from recommender.features import NAMES, features
from recommender.first_stage import FirstStage, StageSettings
from recommender.interactions import HalfLives, Items
from recommender.profile.state import EVENTS, KIND, SPELLS
from recommender.states import EVENTS_READ, KEPT, Histories, Past, states_of, tag_values
from recommender.training_data import TagMeanings, TagQuality, Tags, TrainingData
from tests.unit.recommender.bank import AS_OF, bank_of_tastes


@cache
def data() -> TrainingData:
    plain = bank_of_tastes()
    customer = np.repeat(np.arange(plain.customers), 2)
    rng = np.random.default_rng(2)
    count = len(customer)
    tags = Tags(
        customer,
        np.tile([0, 1], plain.customers),
        AS_OF - rng.integers(0, 300, count),
        np.where(rng.random(count) < 0.2, AS_OF - 1, -1),
        np.where(rng.random(count) < 0.3, np.nan, rng.random(count)),
    )
    claims = np.zeros((2, plain.categories))
    claims[0, 0], claims[1] = 1.0, -0.5
    meanings = TagMeanings(claims, np.array([90.0, np.inf]))
    return replace(plain, tags=tags, tag_quality=TagQuality(values=np.array([[0.8, 0.3]])), tag_meanings=meanings)


@cache
def stage() -> FirstStage:
    items = Items.of(data().events, data().spells)
    return final_stage(data(), items, StageSettings(AlsSettings(factors=4, regularisation=1.0, alpha=4.0), HalfLives()))


def past_of(customer: int, today: int) -> Past:
    """The customer's state at a day, as the service would hand it over."""
    events, spells, tags = data().events, data().spells, data().tags
    own = np.flatnonzero((events.customer == customer) & np.isin(events.kind, KEPT) & (events.day <= today))
    own = own[np.argsort(events.day[own], kind="stable")]
    product_events = np.zeros(len(own), EVENTS)
    for name in ("product", "kind", "day", "amount"):
        product_events[name] = getattr(events, name)[own]
    held = np.flatnonzero(spells.customer == customer)
    holdings = np.zeros(len(held), SPELLS)
    for name in ("category", "product", "opened", "closed", "matures", "amount"):
        holdings[name] = getattr(spells, name)[held]
    tagged = (tags.customer == customer) & (tags.assigned <= today) & ((tags.removed < 0) | (tags.removed > today))
    quality, half_life = data().tag_quality.values[0], data().tag_meanings.half_life
    age = today - tags.assigned[tagged]
    values = tag_values(tags.tag[tagged], tags.affinity[tagged], age, quality, half_life)
    return Past(product_events, holdings, tags.tag[tagged], values, int(data().joined_day[customer]))


@pytest.mark.parametrize("today", [AS_OF, AS_OF - 120])
def test_features_of_a_history_are_those_of_a_state(today: int) -> None:
    histories = Histories.of(data(), stage().items)
    item_of = np.full(int(stage().items.product.max()) + 2, -1)
    item_of[stage().items.product] = np.arange(len(stage().items.product))
    customers = np.arange(data().customers)
    trained, _ = features(stage(), histories.at(customers, np.full(len(customers), today)))
    for customer in customers:
        block, _ = features(stage(), states_of([past_of(int(customer), today)], item_of, today))
        assert np.abs(block[:, 0] - trained[:, customer]).max() < 1e-6


def test_the_factor_feature_is_the_fold_in_of_the_weights() -> None:
    """Trap 5: no stored customer factors, at training neither."""
    block, cells = features(stage(), Histories.of(data(), stage().items).at(np.array([3]), np.array([AS_OF])))
    assert stage().als is not None
    expected = stage().als.score(cells.weight[0])
    assert expected is not None
    assert block[NAMES.index("als"), 0] == pytest.approx(expected)


def test_neighbours_are_a_row_sum_of_the_right_length_without_padding() -> None:
    """Trap 2: own @ similarity, never a list that may be padded or too long."""
    block, cells = features(stage(), Histories.of(data(), stage().items).at(np.array([3, 4]), np.full(2, AS_OF)))
    near = stage().near
    assert isinstance(near, np.ndarray)
    expected = np.log1p(10 * (cells.strength() @ near))
    assert block[NAMES.index("item_item")].shape == (2, len(stage().items.product))
    assert np.allclose(block[NAMES.index("item_item")], expected)


def test_nobody_known_has_popularity_alone() -> None:
    nobody = Past(np.zeros(0, EVENTS), np.zeros(0, SPELLS), np.empty(0, np.int64), np.empty(0))
    block, cells = features(stage(), states_of([nobody], np.array([-1]), AS_OF))
    assert np.isfinite(block).all()
    assert cells.events.tolist() == [0]
    for name in ("count", "item_item", "ease", "als", "tag", "held", "repeat_hazard"):
        assert not block[NAMES.index(name)].any(), name
    assert block[NAMES.index("popularity")].any()


def test_what_lies_ahead_is_not_read() -> None:
    histories = Histories.of(data(), stage().items)
    states = histories.at(np.arange(50), np.full(50, AS_OF - 200))
    assert states.age.min() >= 0
    assert (states.due[states.due >= 0] > 0).all()


def test_a_truncated_history_keeps_the_newest_events_only() -> None:
    histories = Histories.of(data(), stage().items)
    customers, days = np.arange(60), np.full(60, AS_OF)
    whole = histories.at(customers, days)
    for most in (0, 3):
        cut = histories.at(customers, days, np.full(60, most))
        assert np.bincount(cut.row, minlength=60).max(initial=0) <= most
        assert cut.age.sum() <= whole.age.sum()
        if not most:
            assert not len(cut.held_row)
    assert np.bincount(whole.row).max() <= EVENTS_READ
    assert not (whole.kind == KIND["impression"]).any()


def test_a_tag_is_worth_half_after_its_half_life_and_what_has_none_does_not_age() -> None:
    tag, affinity = np.array([0, 0, 1, 2, 3]), np.array([0.5, np.nan, 1.0, 1.0, 1.0])
    quality, half_life = np.array([0.8, 0.8, 0.4]), np.array([90.0, np.inf])
    values = tag_values(tag, affinity, np.array([90, 180, 900, 900, 0]), quality, half_life)
    assert values.tolist() == pytest.approx([0.2, 0.2, 0.8, 0.4, 0.0])

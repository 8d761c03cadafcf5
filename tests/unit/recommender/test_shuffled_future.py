"""Purchases that belong to strangers: whatever saw an outcome would still find it (recommender.md §12, trap 10)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.blending import Protocol, blend, window_of
from recommender.evaluation.bootstrap import Bootstrap
from recommender.first_stage import StageSettings
from recommender.interactions import HalfLives, Items
from recommender.promotion import measure
from recommender.ranker import LISTING
from recommender.training_data import TrainingData
from tests.unit.recommender.bank import bank_of_tastes


@cache
def tastes() -> TrainingData:
    return bank_of_tastes(customers=400, products=40, count=14_000)


def among_strangers(data: TrainingData, first: int) -> TrainingData:
    """From `first` on what happened on a day is dealt anew to those to whom something happened on that day."""
    events, rng = data.events, np.random.default_rng(1)
    customer = events.customer.copy()
    for day in range(first, data.as_of + 1):
        inside = np.flatnonzero(events.day == day)
        customer[inside] = customer[rng.permutation(inside)]
    return replace(data, events=replace(events, customer=customer))


def over_popularity(data: TrainingData, protocol: Protocol) -> Bootstrap:
    """What the list over all products is worth beyond the better kind of popularity, nDCG@10 with its interval."""
    items = Items.of(data.events, data.spells)
    found = blend(data, items, StageSettings(None, HalfLives()), protocol, 0)
    assert found is not None
    assert found.protocol == protocol
    return Bootstrap(**measure(found)["blends"][LISTING]["over_popularity"])


@pytest.mark.slow
def test_outcomes_of_strangers_are_found_no_better_than_by_popularity() -> None:
    window = window_of(tastes(), Items.of(tastes().events, tastes().spells))
    assert window is not None
    shuffled = over_popularity(among_strangers(tastes(), window.fit_from), "window")
    assert shuffled.low <= 0
    assert abs(shuffled.mean) < 0.03


def test_single_occasions_of_strangers_are_found_no_better_than_by_popularity() -> None:
    shuffled = over_popularity(among_strangers(tastes(), tastes().from_day), "occasion")
    assert shuffled.low <= 0
    assert abs(shuffled.mean) < 0.03

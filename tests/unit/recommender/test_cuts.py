"""Up to which days factors from outside may know the bank, and what they are fitted on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.blending import window_of
from recommender.cuts import cuts_of, interactions_until
from recommender.given_factors import FactorsError
from recommender.interactions import HalfLives, Items
from recommender.training_data import Events
from tests.unit.recommender.bank import AS_OF, bank, bank_of_tastes

DATA = bank_of_tastes()
ITEMS = Items.of(DATA.events, DATA.spells)


def test_each_set_ends_on_the_day_before_the_outcomes_that_it_is_a_feature_of() -> None:
    window = window_of(DATA, ITEMS)
    assert window is not None
    assert cuts_of(DATA, ITEMS) == (window.fit_from - 1, window.test_from - 1, AS_OF)


def test_a_history_without_windows_has_no_cuts() -> None:
    late = replace(DATA, events=DATA.events.where(DATA.events.day > AS_OF - 30))
    with pytest.raises(FactorsError, match="has too little in its last two windows"):
        cuts_of(late, ITEMS)
    with pytest.raises(FactorsError, match="has too little in its last two windows"):
        cuts_of(DATA, ITEMS, "occasion")
    nobody = bank(Events(), customers=2)
    with pytest.raises(FactorsError, match="has too little in its last two windows"):
        cuts_of(nobody, Items.of(nobody.events))


def test_the_interactions_of_a_cut_know_nothing_after_it() -> None:
    cut = AS_OF - 100
    events = DATA.events
    rng = np.random.default_rng(3)
    later = events.day > cut
    customer = np.where(later, rng.permutation(events.customer), events.customer)
    other = replace(DATA, events=replace(events, customer=customer))
    one, same = (interactions_until(data, ITEMS, cut, HalfLives()) for data in (DATA, other))
    assert one.nnz > 1_000
    assert (one != same).nnz == 0
    assert (one != interactions_until(DATA, ITEMS, AS_OF, HalfLives())).nnz > 0

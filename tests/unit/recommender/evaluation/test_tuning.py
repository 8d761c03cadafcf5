"""The rankings on which settings are chosen lie before those that are asked for."""

from __future__ import annotations

from functools import partial

import numpy as np

from recommender.evaluation.basket import basket
from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.evaluation.tuning import Tuning
from recommender.training_data import Bools, Floats, Ints
from tests.unit.recommender.evaluation.tiny import END, START, dataset, marks

PURCHASES = marks((0, 0, 5), (0, 1, 30), (1, 2, 60), (1, 3, 120))


def only(item: int, known: Known) -> Score:
    def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
        return np.tile(np.arange(known.data.items) == item, (len(customers), 1)).astype(np.float64)

    return score


def test_without_snapshots_the_window_before_is_as_long() -> None:
    tuning = Tuning.of_window(dataset(PURCHASES), START, START + 50, task="all", k=1)
    assert tuning.study.rankings.customer.tolist() == [1]
    assert tuning.study.known.data.purchases.time.tolist() == [5, 30]


def test_with_snapshots_it_begins_at_the_last_observation_before() -> None:
    data = dataset(PURCHASES, snapshots=marks((0, 0, 10), (0, 1, 40), (0, 1, 100)))
    tuning = Tuning.of_window(data, START, END, task="all", k=1)
    assert tuning.study.known.time == 40
    assert tuning.study.known.data.snapshots.time.tolist() == [10, 40]


def test_baskets_are_those_of_other_customers() -> None:
    data = dataset(marks((0, 0, 0), (0, 1, 1), (1, 2, 0), (1, 3, 1), (2, 4, 0)), clocked=False)
    tuning = Tuning.of_baskets(basket(data, np.array([0])), np.array([0]), task="all", k=1, seed=0)
    assert tuning.study.rankings.customer.tolist() == [1, 2]
    assert tuning.study.rankings.truth.toarray().argmax(axis=1).tolist() == [3, 4]


def test_each_setting_has_its_map() -> None:
    tuning = Tuning.of_window(dataset(PURCHASES), START, START + 50, task="all", k=1)
    maps = tuning.maps({"right": partial(only, 2), "wrong": partial(only, 3)}, hold_last=False)
    assert maps == {"right": 1.0, "wrong": 0.0}


def test_a_model_is_as_good_as_the_better_of_it_and_it_with_held_products_last() -> None:
    data = dataset(marks((0, 0, 5), (1, 2, 60), (2, 4, 60)), snapshots=marks((1, 4, 50), (2, 4, 50)))
    tuning = Tuning.of_window(data, START, END, task="all", k=2)

    def held_then_bought(known: Known) -> Score:
        return lambda customers, _eligible=None: np.tile([0.0, 0.0, 1.0, 0.0, 2.0], (len(customers), 1))

    # Customer 1 buys 2 and holds 4: at place 2, moved 1. Customer 2 buys 4 again: at place 1, moved below the rest.
    fits = {"one": held_then_bought}
    assert tuning.maps(fits, hold_last=False) == {"one": 0.75}
    assert tuning.maps(fits, hold_last=True) == {"one": 0.75}
    only_new = Tuning.of_window(dataset(marks((1, 2, 60)), snapshots=marks((1, 4, 50))), START, END, task="all", k=2)
    assert only_new.maps(fits, hold_last=False) == {"one": 0.5}
    assert only_new.maps(fits, hold_last=True) == {"one": 1.0}


def test_where_there_is_nothing_to_rank_nothing_is_measured() -> None:
    tuning = Tuning.of_window(dataset(marks((0, 0, 150))), START, END, task="all", k=1)
    assert tuning.maps({"one": partial(only, 2)}, hold_last=False) == {}

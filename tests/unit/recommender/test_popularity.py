"""Popularity by purchases."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.interactions import Items
from recommender.models.popularity import Popularity
from recommender.training_data import Events
from tests.unit.recommender.bank import events_of

ROWS = [
    (0, 1, 0, 100, "purchase", 5),
    (0, 2, 0, 40, "purchase", 5),
    (1, 2, 0, 39, "renewal", 5),
    (1, 2, 0, 41, "top_up", 5),
    (1, 3, 0, 100, "click", -1),
    (1, 3, 0, 101, "purchase", 5),
]


def fitted(rows: list[tuple[int, int, int, int, str, int]] | None = None) -> Popularity:
    events = events_of(rows or ROWS)
    return Popularity.fit(events, Items.of(events), today=100)


def test_purchases_are_counted_in_the_window_and_ever_but_not_ahead() -> None:
    popularity = fitted()
    assert popularity.recent.tolist() == [1, 1, 0]
    assert popularity.all_time.tolist() == [1, 3, 0]


def test_the_score_is_shrunk_to_the_share_of_all_purchases() -> None:
    assert fitted().score() == pytest.approx(np.array([1 + 12.5, 1 + 37.5, 0]))


def test_without_a_purchase_every_score_is_zero() -> None:
    assert fitted([(0, 1, 0, 1, "click", -1)]).score().tolist() == [0]
    events = Events()
    assert Popularity.fit(events, Items.of(events), today=100).score().tolist() == []


def test_the_percentile_ranks_equal_scores_alike() -> None:
    assert Popularity.percentile(np.array([5.0, 1.0, 1.0, 9.0])).tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6, 1])
    assert Popularity.percentile(np.array([5.0])).tolist() == [0]
    assert Popularity.percentile(np.array([])).tolist() == []


def test_it_comes_back_from_its_arrays() -> None:
    again = Popularity.from_arrays(fitted().to_arrays())
    assert again.score().tolist() == fitted().score().tolist()

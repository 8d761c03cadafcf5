"""What the product's own training is given of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recommender.evaluation.basket import basket
from recommender.evaluation.dataset import Marks
from recommender.evaluation.known import Known
from recommender.evaluation.window import window
from service.calendar import DAY_US
from service.evaluation.huojia import BASKET_DAYS, Huojia, spells_of
from service.evaluation.reading import read_journal
from service.evaluation.request import Request
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn, folder


def test_observations_in_a_row_are_one_spell_from_the_day_before_the_first() -> None:
    at = np.array([10, 40, 70]) * DAY_US
    seen = Marks(np.array([0, 0, 0, 1, 1]), np.array([2, 2, 3, 2, 2]), at[[0, 1, 1, 0, 2]])
    spells = spells_of(seen, np.array([5, 5, 7, 8]))
    rows = zip(spells.customer, spells.product, spells.category, spells.opened, spells.closed, strict=True)
    assert [tuple(int(one) for one in row) for row in rows] == [
        (0, 2, 7, 9, 69),
        (0, 3, 8, 39, 69),
        (1, 2, 7, 9, 39),
        (1, 2, 7, 69, -1),
    ]


def test_without_observations_there_are_no_spells() -> None:
    assert len(spells_of(Marks(), np.array([1])).customer) == 0


def test_training_ends_on_the_day_before_the_split_and_closes_nothing_later(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "bank",
        holdings="customer_id,product_id,opened_at,closed_at\nc1,p1,2024-01-05,2024-03-05\nc1,p2,2024-03-02,\n",
    )
    journal, request = read_journal(path), Request.of(path, since=SINCE, until=UNTIL, k=1)
    split = window(journal.dataset(), request.start, request.end)
    data = Huojia(journal).training_data(Known(split.before, request.start))
    assert data.as_of == request.start // DAY_US - 1
    assert data.events.day.max() <= data.as_of
    assert data.spells.closed.tolist() == [-1]
    assert data.events.product.tolist() == [0, 0, 0, 1]  # the cancelled purchase is gone, its cancel is an event


def test_the_last_baskets_of_all_customers_end_on_the_same_day(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "shop",
        events="",
        basket_order="customer_id,basket,product_id\na,0,p1\na,1,p2\na,2,p1\nb,4,p3\nb,5,p3\n",
    )
    journal = read_journal(path)
    split = basket(journal.in_order(), np.array([0]))
    data = Huojia(journal).training_data(Known(split.before, split.time))
    days = data.events.day - data.events.day.max()
    assert days.tolist() == [-BASKET_DAYS, 0, -BASKET_DAYS, 0]
    assert data.as_of == data.events.day.max() + BASKET_DAYS - 1


def test_products_that_training_never_saw_have_no_chance_and_the_rest_are_probabilities(tmp_path: Path) -> None:
    path = drawn(tmp_path / "bank")
    journal, request = read_journal(path), Request.of(path, since=SINCE, until=UNTIL, k=1)
    split = window(journal.dataset(), request.start, request.end)
    scores = Huojia(journal)(Known(split.before, request.start))(np.arange(5))
    assert scores.shape == (5, 8)
    assert scores.min() >= 0.0
    assert scores.max() <= 1.0

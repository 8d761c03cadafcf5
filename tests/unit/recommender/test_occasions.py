"""Purchases merged into occasions."""

from __future__ import annotations

import numpy as np

from recommender.occasions import Occasions
from recommender.training_data import Events
from tests.unit.recommender.bank import bank_of_tastes, events_of


def occasions_of(*days: int) -> list[int]:
    return Occasions.of(events_of([(0, 1, 0, day, "purchase", 5) for day in days])).day.tolist()


def test_purchases_within_three_days_of_the_first_are_one_occasion() -> None:
    assert occasions_of(300, 301, 303, 304, 480, 480) == [300, 304, 480]


def test_the_days_are_measured_from_the_first_purchase_without_chaining() -> None:
    assert occasions_of(10, 12, 14, 16, 18) == [10, 14, 18]


def test_occasions_are_those_of_one_customer_and_category() -> None:
    rows = [
        (1, 9, 1, 5, "purchase", 1),
        (0, 9, 1, 5, "top_up", 1),
        (0, 3, 0, 6, "renewal", 1),
        (0, 3, 0, 5, "click", 1),
    ]
    found = Occasions.of(events_of(rows))
    assert list(zip(found.category.tolist(), found.customer.tolist(), found.day.tolist(), strict=True)) == [
        (0, 0, 6),
        (1, 0, 5),
        (1, 1, 5),
    ]


def test_they_agree_with_merging_one_by_one() -> None:
    events = bank_of_tastes(customers=40, count=4_000).events
    found = Occasions.of(events)
    expected = []
    bought = events.where(np.isin(events.kind, [12, 13, 14]))
    rows = sorted(zip(bought.category.tolist(), bought.customer.tolist(), bought.day.tolist(), strict=True))
    for row in rows:
        if not expected or expected[-1][:2] != row[:2] or row[2] - expected[-1][2] > 3:
            expected.append(row)
    assert list(zip(found.category.tolist(), found.customer.tolist(), found.day.tolist(), strict=True)) == expected


def test_the_median_gap_is_that_of_the_customers_who_came_back() -> None:
    days = [(0, 10), (0, 20), (0, 60), (1, 10), (1, 40), (2, 5)]
    found = Occasions.of(events_of([(customer, 1, 1, day, "purchase", 5) for customer, day in days]))
    gap = found.median_gap(2)
    assert np.isnan(gap[0])
    assert gap[1] == 30


def test_histories_count_repeats_and_days_from_the_first_purchase() -> None:
    days = [(0, 10), (0, 20), (0, 60), (3, 40)]
    found = Occasions.of(events_of([(customer, 1, 1, day, "purchase", 5) for customer, day in days]))
    repeats, last, age = found.histories(1, today=100)
    assert (repeats.tolist(), last.tolist(), age.tolist()) == ([2, 0], [50, 0], [90, 60])


def test_without_purchases_there_are_no_occasions() -> None:
    found = Occasions.of(Events())
    assert len(found.day) == 0
    assert np.isnan(found.median_gap(1)).all()

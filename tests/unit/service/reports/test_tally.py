"""Intervals of a tally hold what they say, also where the rows of a customer resemble one another."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.wilson import WilsonInterval
from service.reports.metric import Metric
from service.reports.tally import Counted, Tally

SHARE = Counted("share", "none")


def told(customer: np.ndarray, hit: np.ndarray, counted: Counted = SHARE) -> Metric:
    tally = Tally(counted, [{}])
    size = int(customer.max(initial=-1)) + 1
    tally.add(size, customer, np.zeros(len(hit), dtype=np.int64), hit.astype(np.float64), np.ones(len(hit)))
    return tally.metrics()[0]


def test_with_one_row_a_customer_it_is_wilsons_interval() -> None:
    one = told(np.arange(40), np.arange(40) < 9)
    assert (one.low, one.high) == pytest.approx(tuple(WilsonInterval.of(9.0, 40.0)))
    assert (one.method, one.customers) == ("wilson", 40)


def test_pages_add_up_to_the_same_as_one() -> None:
    chance = np.random.default_rng(1)
    customer, hit = np.sort(chance.integers(0, 30, 500)), chance.random(500) < 0.3
    tally = Tally(SHARE, [{}])
    for start in range(0, 30, 10):
        rows = (customer >= start) & (customer < start + 10)
        group = np.zeros(int(rows.sum()), dtype=np.int64)
        tally.add(10, customer[rows] - start, group, hit[rows].astype(np.float64), np.ones(len(group)))
    assert tally.metrics()[0] == told(customer, hit)


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_the_interval_covers_the_share_whether_or_not_customers_differ(alike: float) -> None:
    chance = np.random.default_rng(7)
    covered, truth = 0, 0.2
    for _ in range(400):
        customer = np.repeat(np.arange(150), chance.integers(1, 12, 150))
        own = np.where(chance.random(150) < truth, 1.0, 0.0) * alike + truth * (1 - alike)
        one = told(customer, chance.random(len(customer)) < own[customer])
        assert one.low is not None
        assert one.high is not None
        covered += one.low <= truth <= one.high
    assert 0.92 <= covered / 400 <= 0.985


def test_nothing_of_many_cards_of_few_customers_is_no_certainty() -> None:
    one = told(np.repeat(np.arange(12), 500), np.zeros(6_000))
    assert one.high == pytest.approx(WilsonInterval.of(0.0, 12.0).high)


def test_a_mean_has_the_normal_interval_and_one_customer_has_none() -> None:
    counted = Counted("cards", "none", unit="mean")
    one = told(np.array([0, 1]), np.array([2.0, 4.0]), counted)
    assert (one.value, one.low, one.high) == pytest.approx((3.0, 3 - 1.96, 3 + 1.96))
    assert told(np.array([0]), np.array([2.0]), counted).low is None


def test_the_sides_are_whose_the_denominator_the_numerator_and_what_is_missing_to_it_are() -> None:
    customer, hit = np.repeat(np.arange(20), 2), np.zeros(40, dtype=np.bool_)
    hit[[0, 1, 2, 4]] = True  # both rows of the first customer, one of the next two
    assert told(customer, hit).sides == (20, 3, 19)
    assert told(customer, hit, Counted("cards", "none", unit="mean")).sides == (20, 3, 0)


def test_a_column_beside_is_a_side_of_its_own() -> None:
    tally = Tally(Counted("share", "none", beside=1), [{}])
    everybody, ones = np.arange(12), np.ones(12)
    tally.add(12, everybody, np.zeros_like(everybody), ones, ones, (everybody < 4).astype(np.float64))
    assert tally.metrics()[0].sides == (12, 12, 0, 4)


def test_of_a_share_of_money_what_is_missing_may_be_one_customers_too() -> None:
    tally = Tally(Counted("money", "none", is_money=True), [{}])
    everybody, much = np.arange(60), np.full(60, 100.0)
    led = much.copy()
    led[0], led[1:12] = 0.0, 99.0  # of the money that did not come by the shelf nearly all is the first one's
    tally.add(60, everybody, np.zeros_like(everybody), led, much)
    assert tally.metrics()[0].sides == (60, 59, 1)


MONEY = Counted("money", "none", unit="money", is_money=True)


def of_money(amounts: list[float], others: list[float]) -> Metric:
    tally = Tally(MONEY, [{}])
    everybody = np.arange(len(amounts))
    for page in np.array_split(everybody, 3):
        rows = [np.array(of, dtype=np.float64)[page] for of in (amounts, others)]
        tally.add(len(page), np.arange(len(page)), np.zeros_like(page), *rows)
    return tally.metrics()[0]


def test_an_amount_belongs_to_those_whose_money_it_is_not_to_all_who_are_counted() -> None:
    assert of_money([100.0] * 3 + [0.0] * 97, [1.0] * 100).sides == (100, 3, 0)
    assert of_money([0.0] * 100, [1.0] * 100).sides == (100, 0, 0)
    assert of_money([10.0] * 40, [100.0] * 40).sides == (40, 40, 0)


def test_an_amount_that_is_nearly_all_of_one_customer_is_that_customers() -> None:
    small = [100.0] * 50
    assert of_money([40_000.0, *small], [1.0] * 51).sides == (51, 1, 0)
    assert of_money([-40_000.0, *small], [1.0] * 51).sides == (51, 1, 0)
    assert of_money([4_000.0, *small], [1.0] * 51).sides == (51, 51, 0)


def test_nobody_is_nothing_of_nothing() -> None:
    one = told(np.zeros(0, dtype=np.int64), np.zeros(0))
    assert (one.numerator, one.denominator, one.value, one.low, one.method) == (0, 0, None, None, "none")

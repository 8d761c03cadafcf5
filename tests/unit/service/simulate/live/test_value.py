"""What a shelf is worth, and the best one."""

from __future__ import annotations

import numpy as np
import pytest

from service.simulate.bank import Bank
from service.simulate.buying import RATES
from service.simulate.chance import Floats
from service.simulate.live.attention import attention
from service.simulate.live.shelves import Cards
from service.simulate.live.value import may_be_shown, preferences, shelf_values, wished
from service.simulate.taxonomy import INDEX
from tests.unit.service.simulate.live.pretending import bank

EVERYBODY = np.arange(500)


@pytest.fixture(scope="module")
def small() -> Bank:
    return bank()


def _page(products: list[int], customer: int) -> Cards:
    zeros = np.zeros(len(products), dtype=np.int64)
    place = 1 + np.arange(len(products))
    owner = np.full(len(products), customer)
    return Cards(
        zeros, owner, np.array(products, dtype=np.int64), zeros, place, place, zeros == 1, [""] * len(products)
    )


def _ideal(small: Bank, customer: int) -> list[int]:
    """Nine products in the order of the customer's preferences, two a category."""
    open_to = may_be_shown(small, np.array([customer]), small.period.as_of)[0]
    order = np.argsort(-preferences(small, np.array([customer]))[0])
    shelves = [small.catalogue.shelves[category][: min(2, open_to[category])] for category in order]
    return np.concatenate(shelves)[:9].tolist()


def _worth(small: Bank, customer: int, products: list[int]) -> tuple[Floats, Floats]:
    """(value, best) by preference of a page."""
    who = np.array([customer])
    may = may_be_shown(small, who, small.period.as_of)
    return shelf_values(small, preferences(small, who), _page(products, customer), may)


def test_wishes_are_preferences_at_the_pace_of_the_category(small: Bank) -> None:
    who = np.array([3, 77])
    rates, shares = wished(small, who), preferences(small, who)
    assert rates.sum(axis=1) == pytest.approx(1.0)
    ratio = rates / shares / RATES
    assert ratio == pytest.approx(np.repeat(ratio[:, :1], ratio.shape[1], axis=1))


def test_the_page_in_the_order_of_preference_is_the_best_one(small: Bank) -> None:
    for customer in (3, 77, 251):
        value, best = _worth(small, customer, _ideal(small, customer))
        assert value[0] == pytest.approx(best[0])


def test_the_same_cards_upside_down_are_worth_less(small: Bank) -> None:
    page = _ideal(small, 3)
    assert _worth(small, 3, page[::-1])[0] < _worth(small, 3, page)[0]


def test_a_third_card_of_a_category_is_worth_nothing(small: Bank) -> None:
    category = max(range(len(small.catalogue.shelves)), key=lambda one: small.catalogue.shelves[one].size)
    products = small.catalogue.shelves[category][:3].tolist()
    value, _ = _worth(small, 3, products)
    share = preferences(small, np.array([3]))[0, category]
    assert value[0] == pytest.approx(share * attention(np.array([1, 2])).sum())


def test_an_empty_shelf_is_worth_nothing_and_the_best_one_something(small: Bank) -> None:
    value, best = _worth(small, 3, [])
    assert value[0] == 0.0 < best[0]


def test_what_a_customer_may_not_be_shown_is_not_in_the_best_page(small: Bank) -> None:
    counts = may_be_shown(small, EVERYBODY, small.period.as_of)
    assert not counts[~small.may[EVERYBODY]].any()
    fund = INDEX["fund.equity"]
    assert counts[:, fund].any()
    assert not counts[small.people.capacity == 0, fund].any()

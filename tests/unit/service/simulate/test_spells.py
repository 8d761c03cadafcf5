"""Holding spells as growing columns."""

from __future__ import annotations

import numpy as np

from service.simulate.chance import MISSING, NONE
from service.simulate.spells import BLOCKED, Spells


def _opened(spells: Spells, customer: int, product: int) -> int:
    one = np.array([0])
    return int(spells.open(one + customer, one + product, one + 5, one + MISSING, one + 700)[0])


def test_a_spell_is_found_by_customer_and_product_while_it_is_open() -> None:
    spells = Spells(3, 2)
    place = _opened(spells, 2, 1)
    assert spells.held[2, 1] == place
    assert spells.open_now().tolist() == [True]


def test_a_closed_product_is_blocked_until_it_is_unblocked() -> None:
    spells = Spells(3, 2)
    place = np.array([_opened(spells, 0, 0)])
    spells.close(place, np.array([9]))
    assert spells.held[0, 0] == BLOCKED
    assert spells.open_now().tolist() == [False]
    spells.unblock(place)
    assert spells.held[0, 0] == NONE
    assert spells.ever[0, 0]


def test_columns_grow_without_losing_anything() -> None:
    spells = Spells(10, 10)
    places = [_opened(spells, customer, product) for customer in range(10) for product in range(10)]
    assert places == list(range(100))
    assert spells.customer[:100].tolist() == [customer for customer in range(10) for _ in range(10)]
    assert (spells.cents[:100] == 700).all()

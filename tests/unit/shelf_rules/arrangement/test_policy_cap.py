"""Caps of the policy's rules."""

from __future__ import annotations

import pytest

from shelf_rules.arrangement.policy_cap import policy_cap
from shelf_rules.policy_rules import Cap, Selection, ShelfRule, Then
from shelf_rules.slate import Slate
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import make_slate

PRODUCTS = [make_product(code, code) for code in ("fund.bond", "fund.mixed", "fund.index", "deposit.term")]
FUNDS = Selection(zones=("fund",))


def make_capped(*caps: Cap) -> Slate:
    return make_slate(*PRODUCTS, fired=tuple(ShelfRule(f"c{at}", Then(cap=cap)) for at, cap in enumerate(caps)))


def admits(slate: Slate, row: int, place: str) -> bool:
    return policy_cap(slate, slate.card(row), place)


def test_a_cap_counts_over_the_whole_shelf() -> None:
    slate = make_capped(Cap(FUNDS, 2))
    slate.place(0, "fixed")
    assert admits(slate, 1, "migratable")
    slate.place(1, "public")
    assert not admits(slate, 2, "migratable")
    assert admits(slate, 3, "migratable")


def test_a_cap_of_a_tier_counts_there_alone() -> None:
    slate = make_capped(Cap(FUNDS, 1, "migratable"))
    slate.place(0, "migratable")
    assert not admits(slate, 1, "migratable")
    assert admits(slate, 1, "fixed")


@pytest.mark.parametrize("at_most", [1, 2])
def test_the_tightest_cap_counts(at_most: int) -> None:
    slate = make_capped(Cap(FUNDS, 3), Cap(FUNDS, at_most))
    for row in range(at_most):
        assert admits(slate, row, "fixed")
        slate.place(row, "fixed")
    assert not admits(slate, at_most, "fixed")


def test_without_a_cap_everything_is_admitted() -> None:
    assert all(admits(make_capped(), row, "fixed") for row in range(len(PRODUCTS)))

"""What differences add up to."""

from __future__ import annotations

from typing import Any

import pytest

from service.policies.comparison import compare
from service.policies.effects import Effects, coarsely

CATEGORY = {"p": "deposit", "q": "fund", "r": "fund"}


def card(product: str, tier: str, slot: int, task: str | None = None) -> dict[str, Any]:
    """A card of an outcome."""
    given = None if task is None else {"task_id": task}
    return {"product_id": product, "tier": tier, "slot": slot, "task": given, "reason": "popular", "badge": None}


def outcome(*slots: dict[str, Any], rules: tuple[str, ...] = (), **withheld: int) -> dict[str, Any]:
    """An outcome with these cards, as it is logged."""
    ordinary = {"mode": "personal", "stage": "value", "overlay": None, "assessment": False, "segments": ["wealth"]}
    by = dict.fromkeys(rules, 1)
    return {**ordinary, "rules": list(rules), "withheld": withheld, "withheld_by": by, "slots": list(slots)}


def effects(*pairs: tuple[dict[str, Any], dict[str, Any]]) -> Effects:
    """The effects on one customer a pair."""
    counted = Effects(CATEGORY.__getitem__)
    for before, after in pairs:
        counted.add(before, after, compare(before, after, CATEGORY.__getitem__))
    return counted


def rows(document: dict[str, Any], table: str, label: str) -> dict[str, tuple[int | None, ...]]:
    """A table by its rows' names; the numbers in the order of the columns."""
    names = ("before", "after", "gained", "lost")
    return {row[label]: tuple(row[name] for name in names if name in row) for row in document[table]}


SWAP = (outcome(card("p", "fixed", 1), card("q", "fixed", 2)), outcome(card("r", "fixed", 1), card("q", "fixed", 2)))
SAME = (SWAP[0], SWAP[0])
MOVE = (outcome(card("q", "fixed", 1)), outcome(card("q", "public", 1)))


def test_cards_that_come_and_go_are_counted_by_product_category_and_tier() -> None:
    told = effects(SWAP, SWAP, SAME).document()
    assert (told["customers"], told["changed"]) == (3, 2)
    assert rows(told, "products", "product_id") == {"p": (3, 1, 0, 2), "q": (3, 3, 0, 0), "r": (0, 2, 2, 0)}
    assert rows(told, "categories", "category") == {"deposit": (3, 1, 0, 2), "fund": (3, 5, 2, 0)}
    assert rows(told, "tiers", "tier") == {"fixed": (6, 6, 2, 2)}
    assert told["categories"][0]["customers"] == {"before": 3, "after": 1, "gained": 0, "lost": 2}


def test_a_card_that_moves_to_another_tier_is_new_there_and_gone_here() -> None:
    told = effects(MOVE).document()
    assert told["moves"] == [
        {"from": "fixed", "to": "public", "cards": 1, "customers": {"cards": 1}},
    ]
    assert rows(told, "tiers", "tier") == {"fixed": (1, 0, 0, 1), "public": (0, 1, 1, 0)}
    assert rows(told, "products", "product_id") == {"q": (1, 1, 0, 0)}
    assert told["reordered"] == 0


def test_cards_that_change_slots_in_their_tier_are_a_reordered_shelf() -> None:
    one, other = card("p", "fixed", 1), card("q", "fixed", 2)
    told = effects((outcome(one, other), outcome({**other, "slot": 1}, {**one, "slot": 2}))).document()
    assert (told["changed"], told["reordered"], told["moves"]) == (1, 1, [])


def test_rules_count_customers_and_what_is_withheld_counts_products() -> None:
    told = effects((outcome(region=3), outcome(rules=("no_funds",), region=1, policy_rule=5))).document()
    assert rows(told, "rules", "rule") == {"no_funds": (0, 1)}
    assert rows(told, "withheld", "code") == {"region": (3, 1), "policy_rule": (0, 5)}
    assert rows(told, "withheld_by_rule", "rule") == {"no_funds": (0, 1)}
    assert rows(told, "segments", "segment") == {"wealth": (1, 1)}


def test_tasks_are_counted_on_both_sides() -> None:
    one = outcome(card("p", "fixed", 1, "learn.fund@1"))
    told = effects((one, outcome(card("p", "fixed", 1)))).document()
    assert rows(told, "tasks", "task_id") == {"learn.fund@1": (1, 0, 0, 1)}


@pytest.mark.parametrize(("number", "told"), [(0, 0), (1, None), (9, None), (10, 10), (19, 10), (207, 200)])
def test_coarse_counts_are_tens_of_customers(number: int, told: int | None) -> None:
    assert coarsely(number) == told


def test_a_coarse_count_is_of_customers_not_of_cards() -> None:
    many = outcome(*(card(product, "fixed", slot) for slot, product in enumerate("pqr", start=1)))
    told = effects(*[(many, many)] * 4, *[SWAP] * 12).document(coarse=True)
    assert told["customers"] == told["changed"] == 10
    assert rows(told, "tiers", "tier") == {"fixed": (10, 10, 10, 10)}
    assert rows(told, "products", "product_id") == {"p": (10, None, 0, 10), "q": (10, 10, 0, 0), "r": (None, 10, 10, 0)}
    assert "customers" not in told["products"][0]


def test_rows_stand_in_the_order_of_their_changes_but_coarse_ones_by_name() -> None:
    whole = effects(SWAP, SWAP, MOVE)
    assert [row["product_id"] for row in whole.document()["products"]] == ["p", "r", "q"]
    assert [row["product_id"] for row in whole.document(coarse=True)["products"]] == ["p", "q", "r"]

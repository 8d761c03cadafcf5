"""Pinned products."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import Cap, Exploration, Pin, Selection, ShelfRule, Then
from shelf_rules.product import Product
from tests.factories import TODAY, make_catalogue, make_facts, make_past, make_product, make_regime, make_scores

PRODUCTS = [make_product(name, "deposit.term", issuer=name) for name in "abc"]
PRODUCTS += [
    make_product(name, code)
    for name, code in zip("defg", ("pay.bill", "pay.fx", "pay.wallet", "svc.rights"), strict=True)
]
LOOKED = [
    {"category": PRODUCTS[0].category, "session": number, "day": TODAY - number, "kind": 3, "count": 3}
    for number in range(5)
]


def shelved(*pins: Pin, products: list[Product] = PRODUCTS, then: Then | None = None, **fields: Any) -> Decision:
    """The shelf of a customer who looks at deposits; tier migratable has a, b."""
    rules = [ShelfRule(f"pin{number}", Then(pin=pin)) for number, pin in enumerate(pins)]
    rules += [ShelfRule("then", then)] if then else []
    catalogue = make_catalogue(*products)
    ordinary = {
        "past": make_past(intent=LOOKED) if fields.get("mode", "personal") == "personal" else None,
        "scores": make_scores(len(products), popularity=range(len(products), 0, -1)),
    }
    facts = make_facts(catalogue, **ordinary | fields)
    return decide(facts, catalogue, replace(Policy(), rules=tuple(rules)), make_regime())


def stood(decision: Decision, place: str, products: list[Product] = PRODUCTS) -> str:
    slots = decision.public if place == "public" else [slot for slot in decision.slots if slot.tier == place]
    assert [slot.slot for slot in slots] == list(range(1, len(slots) + 1))
    return "".join(products[slot.row].product_id for slot in slots)


def test_without_a_pin_the_customer_sees_two_deposits() -> None:
    assert stood(shelved(), "migratable") == "ab"


@pytest.mark.parametrize(("slot", "expected"), [(1, "gab"), (2, "agb"), (3, "abg"), (4, "abg")])
def test_a_pinned_product_stands_on_its_slot_and_the_others_keep_their_order(slot: int, expected: str) -> None:
    decision = shelved(Pin("g", "migratable", slot))
    assert stood(decision, "migratable") == expected
    (card,) = [each for each in decision.slots if each.reason == "featured"]
    assert (card.propensity, card.explored, dict(card.parts)) == (1.0, False, {})


def test_a_product_that_ranks_anyway_moves_to_its_slot_and_stands_once() -> None:
    assert stood(shelved(Pin("b", "migratable", 1)), "migratable") == "ba"


def test_two_pins_stand_on_their_slots() -> None:
    assert stood(shelved(Pin("g", "migratable", 3), Pin("e", "migratable", 1)), "migratable") == "eagb"[:4]


def test_what_the_gate_withholds_is_not_shown_by_a_pin() -> None:
    minor = make_facts(make_catalogue(*PRODUCTS)).gate
    products = [*PRODUCTS[:-1], make_product("g", "fund.equity", risk_issuer=5)]
    decision = shelved(Pin("g", "migratable", 1), products=products, gate=replace(minor, capacity=2))
    assert "g" not in stood(decision, "migratable", products) + stood(decision, "public", products)


def test_a_pin_does_not_call_a_preference_proven() -> None:
    assert stood(shelved(Pin("g", "fixed", 1)), "fixed") == ""
    purchases = [
        {"category": PRODUCTS[0].category, "product": 0, "day": TODAY - 30 * n, "weight": 1} for n in range(1, 6)
    ]
    heads = [{"category": PRODUCTS[0].category, "first_day": TODAY - 150, "count": 5}]
    spells = [{"category": PRODUCTS[0].category, "product": 0, "opened": TODAY - 600, "amount": 10**6}]
    loyal = make_past(spells=spells, purchases=purchases, heads=heads, joined_day=TODAY - 900, active_day=TODAY)
    assert stood(shelved(Pin("c", "fixed", 1), past=loyal), "fixed")[0] == "c"


def test_a_pin_takes_a_slot_of_its_tier_and_none_beyond() -> None:
    decision = shelved(*[Pin(name, "transferable", 1) for name in "defg"])
    assert len(stood(decision, "transferable")) == 4  # the quota of a newcomer
    assert len(decision.slots) + len(decision.public) <= 9


def test_a_cap_holds_for_pins_as_well() -> None:
    cap = Then(cap=Cap(Selection(zones=("payment",)), 1))
    decision = shelved(Pin("d", "migratable", 1), Pin("e", "migratable", 2), then=cap)
    assert stood(decision, "migratable").count("d") + stood(decision, "migratable").count("e") == 1


@pytest.mark.parametrize("mode", ["nonpersonal", "holdout"])
def test_a_shelf_that_is_not_personal_takes_pins_of_the_public_zone_alone(mode: str) -> None:
    assert stood(shelved(Pin("g", "public", 1), mode=mode), "public")[0] == "g"
    assert stood(shelved(Pin("g", "migratable", 1), mode=mode), "public")[0] != "g"


def test_the_drawn_slot_is_never_that_of_a_pin() -> None:
    explore = Then(explore={"migratable": Exploration(2, 0.5)})
    for seed in range(40):
        decision = shelved(Pin("g", "migratable", 9), then=explore, seed=seed)
        (card,) = [slot for slot in decision.slots if slot.reason == "featured"]
        assert card.propensity == 1
        assert stood(decision, "migratable").endswith("g")


def test_an_unknown_product_pins_nothing() -> None:
    assert stood(shelved(Pin("no_such", "migratable", 1)), "migratable") == "ab"


def test_a_pinned_card_carries_no_task() -> None:
    assert any(slot.task is not None for slot in shelved().slots)
    for slot in range(1, 4):
        cards = shelved(Pin("b", "migratable", slot), Pin("d", "transferable", slot)).slots
        assert [card.task for card in cards if card.reason == "featured"] == [None, None]

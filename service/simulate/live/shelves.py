"""Shelves as the service serves them, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.errors import Refused
from service.simulate.chance import Bools, Floats, Ints
from service.simulate.exchange import CUSTOMER
from service.simulate.live.client import Call, Client

AT_ONCE = 100
MODES = ("personal", "nonpersonal", "holdout", "fallback")
TIERS = ("fixed", "migratable", "transferable", "public")


def customer_id(number: int) -> str:
    """The id of a customer by their number."""
    return f"{CUSTOMER}{number:09d}"


@dataclass(frozen=True)
class Cards:
    """One entry a card: `shelf` is its shelf's row, `place` counts from the top of the page, `slot` within the tier."""

    shelf: Ints
    customer: Ints
    product: Ints
    tier: Ints
    slot: Ints
    place: Ints
    task: Bools
    tracking: list[str]


@dataclass(frozen=True)
class Shelves:
    """One entry a shelf; `lift` is the planted factor of its arms."""

    customer: Ints
    mode: Ints
    lift: Floats
    decision: list[str]


def fetch(
    client: Client, customers: Ints, numbers: Mapping[str, int], arms: Mapping[str, float]
) -> tuple[Shelves, Cards]:
    """The shelves of customers, each asked for once, in their order; `numbers` are those of the products by id."""
    ids = [customer_id(number) for number in customers.tolist()]
    groups = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
    answers = client.tell_all([Call("POST", "/v1/shelves", {"customers": group}) for group in groups])
    shelves = [shelf for answer in answers for shelf in answer["shelves"]]
    return _heads(customers, shelves, arms), _cards(customers, shelves, numbers)


def _heads(customers: Ints, shelves: list[dict[str, Any]], arms: Mapping[str, float]) -> Shelves:
    return Shelves(
        customer=customers,
        mode=np.array([MODES.index(shelf["mode"]) for shelf in shelves], dtype=np.int64),
        lift=np.array([_lift(shelf, arms) for shelf in shelves]),
        decision=[shelf["decision_id"] for shelf in shelves],
    )


def _lift(shelf: Mapping[str, Any], arms: Mapping[str, float]) -> float:
    """The product of the lifts of every name under which the shelf's arms and policy are known."""
    if not arms:
        return 1.0
    label = str(shelf["versions"].get("policy", ""))
    names = {label, label.partition("@")[0]}
    for one in shelf["experiments"]:
        names |= {str(one.get("arm")), f"{one.get('key')}={one.get('arm')}"}
    return float(np.prod([arms[name] for name in sorted(names & arms.keys())]))


def _cards(customers: Ints, shelves: list[dict[str, Any]], numbers: Mapping[str, int]) -> Cards:
    rows = []
    tracking = []
    for number, shelf in enumerate(shelves):
        for place, (tier, card) in enumerate(_in_order(shelf), start=1):
            product = numbers.get(card["product_id"])
            if product is None:
                raise Refused(f"the service shows {card['product_id']}, which the living bank does not sell")
            rows.append((number, product, tier, card["slot"], place, card["task"] is not None))
            tracking.append(card["tracking"])
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6)
    shelf_row, product_no, tier_no, slot, places, task = columns.T
    return Cards(shelf_row, customers[shelf_row], product_no, tier_no, slot, places, task == 1, tracking)


def _in_order(shelf: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """(tier, card) from the top of the page: the three tiers, then what is public, each by slot."""
    parts = [*(tier["zones"] for tier in shelf["tiers"]), shelf["public"]]
    cards = [(number, card) for number, zones in enumerate(parts) for zone in zones for card in zone["cards"]]
    return sorted(cards, key=lambda one: (one[0], one[1]["slot"]))

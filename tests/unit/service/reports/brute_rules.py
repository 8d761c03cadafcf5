"""What the rules of the policy did, by hand: plain loops over rows, nothing shared with what is tested."""

from __future__ import annotations

from tests.unit.service.reports.brute import Brute, Counts, count
from tests.unit.service.reports.histories import PINS, RULES, Row


def rules(brute: Brute) -> Counts:
    found: Counts = {}
    shelves = [one for one in brute.shelves if one["mode"] == "personal" and brute.inside(one["day"])]
    for shelf in filter(brute.heard, shelves):
        for rule in RULES:
            count(found, "rule_acted", {("rule", rule)}, (shelf["customer_id"], rule in shelf["rules"]))
        for rule in shelf["rules"]:
            _acted(brute, found, shelf, rule)
    acted = {rule for one in shelves if brute.heard(one) for rule in one["rules"]}
    withheld = {rule for one in shelves if brute.heard(one) for rule, some in one["withheld_by"].items() if some}
    pinned = {dict(group)["rule"] for name, group in found if name == "pin_placed" and _pinned(found, group)}
    known = {"rule_acted": acted, "rule_withheld": withheld}
    return {key: own for key, own in found.items() if dict(key[1])["rule"] in known.get(key[0], pinned)}


def _pinned(found: Counts, group: frozenset[tuple[str, str]]) -> float:
    return sum(of for _, of, *_ in found["pin_placed", group].values())


def _acted(brute: Brute, found: Counts, shelf: Row, rule: str) -> None:
    who, group = shelf["customer_id"], {("rule", rule)}
    count(found, "rule_withheld", group, (who, shelf["withheld_by"].get(rule, 0)))
    if not any(name == rule for _, name in PINS):
        return
    pin = PINS.get((shelf["policy"], rule))
    cards = [card for card in brute.cards.values() if card["shelf"] == shelf["decision_id"]]
    own = [card for card in cards if card["featured"] and (f"p{card['product_no']}", card["tier"]) == pin]
    count(found, "pin_placed", group, (who, bool(own)), pin is not None, pin is None)
    for name, told in (("pin", own), ("beside", [card for card in cards if own and not card["featured"]])):
        for card in told:
            count(found, f"{name}_seen", group, (who, card["seen"]))
            if card["seen"]:
                count(found, f"{name}_clicked", group, (who, bool(card["clicks"])))

"""What an answer must be: the light check that every answer goes through; None, or the sentence that it fails with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TIERS = ["fixed", "migratable", "transferable"]
# A fallback is none of them: under load alone every customer's row can be read.
MODES = frozenset({"personal", "nonpersonal", "holdout"})

Answer = Mapping[str, Any]


def cards_of(shelf: Answer) -> list[Answer]:
    """The cards of the three tiers, in the order in which they stand."""
    return [card for tier in shelf["tiers"] for card in _cards(tier["zones"])]


def public_of(shelf: Answer) -> list[Answer]:
    """The cards outside the tiers."""
    return list(_cards(shelf["public"]))


def shelf_fault(shelf: Answer) -> str | None:
    """What is wrong with a shelf."""
    if not shelf.get("decision_id"):
        return "shelf: no decision_id"
    if [tier.get("tier") for tier in shelf.get("tiers", [])] != TIERS:
        return "shelf: not exactly the three tiers in their order"
    if shelf.get("mode") not in MODES:
        return f"shelf: mode {shelf.get('mode')!r}"
    return _cards_fault(shelf, cards_of(shelf))


def _cards_fault(shelf: Answer, shown: list[Answer]) -> str | None:
    if shelf["mode"] != "personal" and shown:
        return f"shelf: cards in the tiers of a {shelf['mode']} shelf"
    places = {(card["tier"], card["slot"]) for card in shown}
    if len(places) < len(shown):
        return "shelf: two cards in one slot"
    if any(not card.get("tracking") for card in (*shown, *public_of(shelf))):
        return "shelf: a card without tracking"
    return None


def shelves_fault(answer: Answer, asked: int) -> str | None:
    """What is wrong with many shelves."""
    shelves = answer.get("shelves", [])
    if len(shelves) != asked:
        return f"shelves: {len(shelves)} for {asked} customers"
    return next(filter(None, map(shelf_fault, shelves)), None)


def events_fault(answer: Answer, sent: int) -> str | None:
    """What is wrong with the results of a batch in which every event was good."""
    results = answer.get("results", [])
    if len(results) != sent:
        return f"events: {len(results)} results for {sent} events"
    bad = [result.get("code") for result in results if result.get("status") != "accepted"]
    return f"events: {bad[0]}" if bad else None


def _cards(zones: list[Answer]) -> Iterator[Answer]:
    for zone in zones:
        yield from zone["cards"]

"""What a customer does with a shelf: events with the tokens of its cards."""

from __future__ import annotations

import random
import uuid
from typing import Any

from loadtest.answers import Answer, cards_of, public_of

SCREEN = 6
CLICK, DETAIL, DISMISS = 0.15, 0.05, 0.01


def looks(shelf: Answer, chance: random.Random) -> list[dict[str, Any]]:
    """Impressions of the cards that the customer scrolled to, some clicks and looks, seldom a dismissal."""
    cards = [*cards_of(shelf), *public_of(shelf)]
    seen = cards[: min(len(cards), chance.randint(1, 2 * SCREEN))]
    session = uuid.UUID(int=chance.getrandbits(128)).hex
    events: list[dict[str, Any]] = []
    for card in seen:
        kinds = ["impression"]
        kinds += [kind for kind, share in (("click", CLICK), ("detail", DETAIL)) if chance.random() < share]
        if card["tier"] and chance.random() < DISMISS:
            kinds.append("dismiss")
        events += [_event(shelf, card, kind, session, chance) for kind in kinds]
    return events


def _event(shelf: Answer, card: Answer, kind: str, session: str, chance: random.Random) -> dict[str, Any]:
    event = {
        "event_id": uuid.UUID(int=chance.getrandbits(128)).hex,
        "kind": kind,
        "occurred_at": shelf["as_of"],
        "session_id": session,
        "channel": "in_app",
        "tracking": card["tracking"],
    }
    return event | ({"payload": {"reason": "not_interested"}} if kind == "dismiss" else {})

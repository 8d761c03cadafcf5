"""What a customer does with a shelf: events with the tokens of its cards."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from loadtest.answers import Answer, cards_of, public_of

SCREEN = 6
CLICK, DETAIL, DISMISS = 0.15, 0.05, 0.01
LATE, LATE_S = 0.02, 3600.0  # a telephone without a network sends later what it saw, up to an hour


def looks(shelf: Answer, chance: random.Random, at: dt.datetime) -> list[dict[str, Any]]:
    """Impressions of the cards that the customer scrolled to by `at`, some clicks and looks, seldom a dismissal."""
    cards = [*cards_of(shelf), *public_of(shelf)]
    seen = cards[: min(len(cards), chance.randint(1, 2 * SCREEN))]
    session = uuid.UUID(int=chance.getrandbits(128)).hex
    late_s = chance.uniform(0, LATE_S) if chance.random() < LATE else 0.0
    seen_at = (at - dt.timedelta(seconds=late_s)).isoformat()
    events: list[dict[str, Any]] = []
    for card in seen:
        kinds = ["impression"]
        kinds += [kind for kind, share in (("click", CLICK), ("detail", DETAIL)) if chance.random() < share]
        if card["tier"] and chance.random() < DISMISS:
            kinds.append("dismiss")
        events += [_event(card, kind, (session, seen_at), chance) for kind in kinds]
    return events


def _event(card: Answer, kind: str, told: tuple[str, str], chance: random.Random) -> dict[str, Any]:
    session, seen_at = told
    event = {
        "event_id": uuid.UUID(int=chance.getrandbits(128)).hex,
        "kind": kind,
        "occurred_at": seen_at,
        "session_id": session,
        "channel": "in_app",
        "tracking": card["tracking"],
    }
    return event | ({"payload": {"reason": "not_interested"}} if kind == "dismiss" else {})

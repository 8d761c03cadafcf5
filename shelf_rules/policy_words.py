"""The closed lists of words that policies use, and which of them a misspelt one may have meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from shelf_rules.decision import PUBLIC, TIERS
from shelf_rules.facts import STAGES
from shelf_rules.lifecycle import CHURNED, DORMANT
from shelf_rules.regime import CAPACITIES

CHANNELS = (
    "branch", "manager", "kiosk", "online", "search_engine", "email", "sms_call", "wechat", "weibo", "in_app", "push",
)  # fmt: skip
"""Where a shelf may be asked for."""

LOOKS = ("search", "list", "detail", "compare", "calculate", "consult", "watch", "push_click")
"""Event kinds that a customer's state keeps for conditions, for `LOOK_DAYS` days."""
LOOK_DAYS = 120

HOME = "home"
"""The placement of a request that names none; it has the slots of the policy."""

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
PLACEMENT_NAME = r"^[a-z][a-z0-9_]{0,31}$"
MANY = 5_000  # names among which no close one is looked for
PLACES = (*TIERS, PUBLIC)
WORDS = {
    "channel": CHANNELS,
    "stage": STAGES,
    "overlay": (DORMANT, CHURNED),
    "risk_capacity": tuple(CAPACITIES),
}
"""What the lists of a condition may hold, where that is the same in every policy."""


def meant(word: object, known: Collection[str], *, listed: int = 12) -> str:
    """What to write instead of a word that is not known: the closest one, else those there are."""
    close = get_close_matches(str(word)[:64], known, n=1) if len(known) <= MANY else []
    if close:
        return f"did you mean '{close[0]}'?"
    if not listed:
        return "write one that it has"
    shown = sorted(known)[:listed] if isinstance(known, frozenset | set) else list(known)[:listed]
    if not shown:
        return "there is none: leave it out"
    return f"write one of {', '.join(shown)}{', …' if len(known) > listed else ''}"

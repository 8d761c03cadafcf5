"""What each kind of event does to a customer's state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from recommender.profile import spells as spelling
from recommender.profile.happening import Happening, hash64
from recommender.profile.state import (
    CANCELS_MAX,
    EVENT_KINDS,
    IMPRESSIONS_MAX,
    INTENT_KINDS,
    INTENT_MAX,
    KIND,
    MONEY_KINDS,
    OPEN,
    ORGANIC,
    PURCHASES_PER_CATEGORY,
    TASK,
)

if TYPE_CHECKING:
    from recommender.profile.fold import Profile, Purchase

COUNT_MAX = 3
SHOWN_MAX = 2**16 - 1
SLACK = 2  # how many times its bound a set may grow before it is trimmed

# What the service does on its own is not the customer's doing, and money may be the bank's: "any event but money".
_PASSIVE = MONEY_KINDS | {
    "served",
    "task_offered",
    "task_rewarded",
    "task_expired",
    "task_rejected",
    "task_clawed_back",
}
ACTIVE = tuple(name not in _PASSIVE for name in EVENT_KINDS)


@lru_cache(maxsize=65_536)
def _day_session(channel: str, day: int) -> int:
    """What stands for the app session of an event that names none: channel and day (domain.md §1)."""
    return hash64(f"{channel}:{day}")


def _pass(profile: Profile, happening: Happening) -> None:
    """Leaves marks only."""


def _look(profile: Profile, happening: Happening) -> None:
    _, _, kind, product, _, day, amount = happening[:7]
    if product >= 0:
        profile.events.append((product, kind, day, amount))


def _interest(profile: Profile, happening: Happening) -> None:
    _, _, kind, product, category, day, amount, session, channel = happening[:9]
    if product >= 0:
        profile.events.append((product, kind, day, amount))
    if category >= 0:
        intent = profile.intent
        key = (day, category, session or _day_session(channel, day), kind)
        count = intent.get(key, 0)
        if count < COUNT_MAX:
            intent[key] = count + 1
            if len(intent) > SLACK * INTENT_MAX:
                profile.trim()


def _show(profile: Profile, happening: Happening) -> None:
    product, day = happening[3], happening[5]
    if product >= 0:
        shown = profile.shown
        shown[day, product] = min(shown.get((day, product), 0) + 1, SHOWN_MAX)
        if len(shown) > SLACK * IMPRESSIONS_MAX:
            profile.trim()


def _buy(profile: Profile, happening: Happening) -> None:
    at_us, _, kind, product, category, day, amount = happening[:7]
    _look(profile, happening)
    profile.money = True
    if product < 0 or category < 0:
        return
    ref, weight = happening.ref, TASK if happening.incentivised else ORGANIC
    cancelled = profile.cancels.pop(ref, None)
    kept = profile.purchases.get(category)
    if kept is None:
        kept = profile.purchases[category] = deque(maxlen=PURCHASES_PER_CATEGORY)
        profile.heads[category] = [day, 0]
    kept.append([product, day, amount, weight, OPEN if cancelled is None else max(cancelled, day), ref])
    profile.heads[category][1] += 1
    if cancelled is None and not profile.states(at_us):
        spells = profile.spells.setdefault(category, [])
        if kind == KIND["renewal"]:
            spelling.renew(spells, product, day, amount)
        else:
            spelling.add(spells, product, day, amount, since=kind == KIND["purchase"])


def _end(profile: Profile, happening: Happening) -> None:
    at_us, _, kind, product, category, day, amount = happening[:7]
    profile.money = True
    spells = profile.spells.get(category)
    if spells is None or profile.states(at_us):
        return
    if kind == KIND["mature"]:
        spelling.mature(spells, product, day)
    else:
        spelling.redeem(spells, product, day, amount)


def _cancel(profile: Profile, happening: Happening) -> None:
    refers, day = happening.refers, happening.day
    if not refers:
        return
    for category, kept in profile.purchases.items():
        for purchase in kept:
            if purchase[5] == refers:
                _undo(profile, happening, category, purchase)
                return
    profile.cancels.setdefault(refers, day)
    if len(profile.cancels) > CANCELS_MAX:
        del profile.cancels[next(iter(profile.cancels))]


def _undo(profile: Profile, happening: Happening, category: int, purchase: Purchase) -> None:
    """Marks a purchase as cancelled, once, and takes it out of the spells."""
    if purchase[4] == OPEN:
        purchase[4] = happening.day
        spells = profile.spells.get(category)
        if spells is not None and not profile.states(happening.at_us):
            spelling.undo(spells, purchase[0], happening.day, purchase[2])


_STEP_OF: dict[str, Callable[[Profile, Happening], None]] = {
    **dict.fromkeys(("click", "apply"), _look),
    **dict.fromkeys(INTENT_KINDS, _interest),
    **dict.fromkeys(("purchase", "top_up", "renewal"), _buy),
    **dict.fromkeys(("redeem", "mature"), _end),
    "impression": _show,
    "cancel": _cancel,
}
STEPS = tuple(_STEP_OF.get(name, _pass) for name in EVENT_KINDS)

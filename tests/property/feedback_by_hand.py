"""The credits of a history by the rule as it is written (domain.md §13), in plain Python, one purchase at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from service.stores.protocols import ConsentChange, EventRecord
from tests.factories import category_number
from tests.property.feedback_pasts import AGREED_US, OF_PRODUCT, WHO, Told

RULES = {
    "deposit.term": (14, 7, "investing"), "cash.mmf": (7, 7, "investing"), "fund.bond": (30, 7, "investing"),
    "ins.health": (60, 15, "protection"), "private.trust": (14, 7, "trust"), "card.credit": (21, 7, "borrowing"),
}  # fmt: skip
"""Of each category: days of attribution and of cooling off, and what it competes with (domain.md §3, §11, §14)."""
ZONE = ZoneInfo("Asia/Shanghai")


def told(credit: Mapping[str, Any]) -> tuple[Any, ...]:
    """Of a stored credit what the rule tells."""
    names = ("click_id", "decision_id", "tier", "slot", "same_product", "exposure", "shown_id", "cancelled_us", "task")
    return tuple(credit[name] for name in names)


def credits_by_hand(history: Sequence[Told]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The credits of a history by the rule as it is written, one purchase at a time."""
    events = [one for one in history if isinstance(one, EventRecord)]
    heard = [one for one in events if not unheard(one, history)]
    bought = [one for one in events if one.kind in {"purchase", "top_up", "renewal"}]
    of = {customer_id: [one for one in heard if one.customer_id == customer_id] for customer_id in WHO}
    return {(one.customer_id, one.event_id): _credit(one, of[one.customer_id]) for one in bought}


def unheard(event: EventRecord, history: Sequence[Told]) -> bool:
    """Whether personalisation was off when a customer saw, clicked or looked: the newest answer, a refusal first."""
    if event.kind not in {"impression", "click"}:
        return False
    answers = [(AGREED_US, True)] if event.customer_id in WHO[:2] else []
    own = [one for one in history if isinstance(one, ConsentChange) and one.customer_id == event.customer_id]
    answers += [(one.changed_us, one.granted) for one in own if one.scope == "personalisation"]
    answers = [answer for answer in answers if answer[0] <= event.occurred_us]
    return not (answers and max(answers, key=lambda answer: (answer[0], not answer[1]))[1])


def _credit(purchase: EventRecord, own: Sequence[EventRecord]) -> tuple[Any, ...]:
    window, cooling_off, family = RULES[_category(purchase)]
    before = [one for one in own if one.occurred_us <= purchase.occurred_us]
    clicks = [one for one in before if one.kind == "click" and _category(one) == _category(purchase)]
    click = _last([one for one in clicks if _days(one, purchase) <= window])
    cards = [one for one in before if one.kind == "impression" and _days(one, purchase) <= 7]
    rivals = [one for one in cards if RULES[_category(one)][2] == family]
    personal = [one for one in cards if one.tier != "public"]
    shown = _last([one for one in personal if one.product_no == purchase.product_no])
    exposure = "organic" if not rivals else "exposed" if any(one in personal for one in rivals) else "holdout"
    undone = [one.occurred_us for one in own if one.kind == "cancel" and one.refers_to == purchase.event_id]
    cancelled_us = min(undone, default=None)
    if cancelled_us is not None and _day(cancelled_us) - _day(purchase.occurred_us) > cooling_off:
        cancelled_us = None
    place = (click.event_id, click.decision_id, click.tier, click.slot) if click else (None,) * 4
    same = click.product_no == purchase.product_no if click else None
    shown_id = shown.decision_id if shown else None
    return (*place, same, exposure, shown_id, cancelled_us, purchase.task_id is not None)


def _category(event: EventRecord) -> str:
    if event.product_no is not None:
        return OF_PRODUCT[event.product_no]
    return next(code for code in RULES if category_number(code) == event.category_no)


def _last(events: Sequence[EventRecord]) -> EventRecord | None:
    return max(events, key=lambda one: (one.occurred_us, one.event_id), default=None)


def _days(earlier: EventRecord, later: EventRecord) -> int:
    return _day(later.occurred_us) - _day(earlier.occurred_us)


def _day(us: int) -> int:
    return dt.datetime.fromtimestamp(us / 1e6, ZONE).toordinal()

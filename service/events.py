"""An event at the edge: strictly validated, its tracking token resolved, or rejected with one code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from service.clock import AHEAD_US, parse_us
from service.errors import no_such_field
from service.event_body import canonical_body
from service.exchange import schema
from service.ids import is_id
from service.keyed import Secrets, Tracking
from service.money import minor_units
from service.stores.protocols import EventRecord
from shelf_rules import decision

EXPOSURE = frozenset({"impression", "click"})
INTENT = frozenset({"search", "list", "detail", "compare", "calculate", "consult", "watch", "push_click"})
MONEY = frozenset({"apply", "purchase", "top_up", "renewal", "redeem", "mature", "cancel"})
LIFE = frozenset({"login", "share", "invite", "feedback", "message_open"})
TASK = frozenset(
    f"task_{step}"
    for step in ("offered", "accepted", "progress", "done", "rewarded", "expired", "rejected", "clawed_back")
)
BY_CUSTOMER = EXPOSURE | INTENT | LIFE | {"dismiss"}
BY_SERVICE = BY_CUSTOMER | MONEY
KINDS = BY_SERVICE | TASK | {"served"}
CHANNELS = frozenset(schema.CHANNELS)
TIERS = frozenset({*decision.TIERS, decision.PUBLIC})
DISMISS_REASONS = frozenset(schema.DISMISS_REASONS)
RETRYABLE = frozenset({"unknown_product", "busy"})

_TEXT_MAX = 256
_PAYLOAD_MAX = 4096
_AMOUNT_FAULTS = {
    "non_finite": ("non_finite", "amount: must be finite"),
    "out_of_range": ("bad_type", "amount: from 0 to 2^50 minor units"),
    "too_many_decimals": ("bad_type", "amount: at most two decimals"),
}
_FIELDS = frozenset(column.name for column in schema.EVENTS.columns)
_NO_SUCH_FIELD = no_such_field(column.name for column in schema.EVENTS.columns)
_TEXTS = ("session_id", "decision_id", "task_id", "refers_to", "tracking", "device", "ip_block", "invited_by")


class Rejected(Exception):
    """The code of one rejected event, and what was wrong."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Numbers(NamedTuple):
    """Ids to dense numbers, of the catalogue in force."""

    product: Mapping[str, int]
    category: Mapping[str, int]
    category_of: Mapping[int, int]  # product number -> category number


@dataclass(frozen=True, slots=True)
class EventEdge:
    """What validation needs to know: who sends, when it arrived, the error of the sender's clock."""

    numbers: Numbers
    keyed: Secrets
    now_us: int
    retention_us: int
    customer_id: str | None  # the customer of the token; None for a service
    skew_us: int = 0


def read_event(item: object, edge: EventEdge) -> EventRecord:
    """One event of a batch as a record to store; raises Rejected."""
    if not isinstance(item, dict):
        raise Rejected("bad_type", "an event is an object")
    if not item.keys() <= _FIELDS:
        unknown = sorted(key for key in item if key not in _FIELDS)
        raise Rejected("unknown_field", f"{unknown[0][:64]}: {_NO_SUCH_FIELD}")
    fields = {key: value for key, value in item.items() if value is not None}
    kind = _kind(fields, edge)
    customer_id = _customer(fields, edge)
    occurred_us = _time(fields, kind, edge)
    record = {name: _text(fields, name) if name in fields else None for name in _TEXTS}
    tracking = _tracking(record.pop("tracking"), customer_id, fields, edge)
    product_no, category_no = _subject(fields, tracking, edge)
    tier, slot = _place(fields, tracking)
    decision_id = tracking.decision_id if tracking else record["decision_id"]
    _need(kind, product_no, category_no, {**record, "decision_id": decision_id, "tier": tier, "slot": slot})
    device = record.pop("device")
    if device:
        device = edge.keyed.device_ref(device)
    amount = _amount(fields)
    # The time as it was sent: a batch that is sent again has another error of its clock taken off.
    sent = {"customer_id": customer_id, "occurred_at": occurred_us - edge.skew_us, "product_no": product_no}
    place = {"decision_id": decision_id, "tier": tier, "slot": slot, "device": device, "amount": amount}
    return EventRecord(
        event_id=_id(fields, "event_id"),
        customer_id=customer_id,
        kind=kind,
        occurred_us=occurred_us,
        arrived_us=edge.now_us,
        body=_json(canonical_body(fields, {**sent, **place})).encode(),
        product_no=product_no,
        category_no=category_no,
        amount=amount,
        channel=_choice(fields, "channel", CHANNELS),
        session_id=record["session_id"],
        decision_id=decision_id,
        tier=tier,
        slot=slot,
        task_id=record["task_id"],
        refers_to=record["refers_to"],
        device=device,
        ip_block=record["ip_block"],
        invited_by=record["invited_by"],
        payload=_payload(fields, kind),
        arms=tracking.arms if tracking and kind == "impression" and tracking.tier in decision.TIERS else (),
    )


def _kind(fields: Mapping[str, Any], edge: EventEdge) -> str:
    kind = _choice(fields, "kind", KINDS)
    if kind is None:
        raise Rejected("missing_field", "kind: required")
    allowed = BY_SERVICE if edge.customer_id is None else BY_CUSTOMER
    if kind not in allowed:
        raise Rejected("kind_not_allowed", f"kind: {kind} is not sent by this caller")
    return kind


def _customer(fields: Mapping[str, Any], edge: EventEdge) -> str:
    if edge.customer_id is None:
        return _id(fields, "customer_id")
    if "customer_id" in fields and fields["customer_id"] != edge.customer_id:
        raise Rejected("kind_not_allowed", "customer_id: a customer's token speaks for that customer only")
    return edge.customer_id


def _time(fields: Mapping[str, Any], kind: str, edge: EventEdge) -> int:
    text = _text(fields, "occurred_at")
    if text is None:
        raise Rejected("missing_field", "occurred_at: required")
    occurred_us = parse_us(text)
    if occurred_us is None:
        raise Rejected("bad_type", "occurred_at: not an ISO 8601 time")
    occurred_us += edge.skew_us
    if occurred_us > edge.now_us + AHEAD_US:
        raise Rejected("time_out_of_range", "occurred_at: more than 5 minutes ahead")
    if kind not in MONEY and occurred_us < edge.now_us - edge.retention_us:
        raise Rejected("too_late", "occurred_at: beyond retention")
    return occurred_us


def _tracking(token: str | None, customer_id: str, fields: Mapping[str, Any], edge: EventEdge) -> Tracking | None:
    if token is None:
        return None
    tracking = edge.keyed.verify(token)
    if tracking is None or tracking.customer_ref != edge.keyed.customer_ref(customer_id):
        raise Rejected("bad_tracking", "tracking: not a token of this customer")
    product_no = edge.numbers.product.get(_text(fields, "product_id") or "", tracking.product_no)
    stated = (
        fields.get("decision_id", tracking.decision_id),
        fields.get("tier", tracking.tier),
        fields.get("slot", tracking.slot),
        product_no if "product_id" in fields else tracking.product_no,
    )
    if stated != (tracking.decision_id, tracking.tier, tracking.slot, tracking.product_no):
        raise Rejected("bad_tracking", "tracking: at odds with the columns given")
    return tracking


def _subject(fields: Mapping[str, Any], tracking: Tracking | None, edge: EventEdge) -> tuple[int | None, int | None]:
    product_no: int | None = tracking.product_no if tracking else None
    product_id = _text(fields, "product_id")
    if product_id is not None:
        product_no = edge.numbers.product.get(product_id)
        if product_no is None:
            raise Rejected("unknown_product", "product_id: not in the catalogue")
    category = _text(fields, "category")
    category_no = edge.numbers.category.get(category) if category is not None else None
    if category is not None and category_no is None:
        raise Rejected("bad_enum", "category: not a category of this bank")
    if product_no is not None:
        own = edge.numbers.category_of.get(product_no)
        if own is None:  # a token of a product that came with a catalogue this process has not built yet
            raise Rejected("unknown_product", "tracking: its product is not in the catalogue")
        if category_no is not None and category_no != own:
            raise Rejected("bad_enum", "category: not the product's category")
        category_no = own
    return product_no, category_no


def _place(fields: Mapping[str, Any], tracking: Tracking | None) -> tuple[str | None, int | None]:
    tier, slot = _choice(fields, "tier", TIERS), fields.get("slot")
    if slot is not None and (not isinstance(slot, int) or isinstance(slot, bool) or not 1 <= slot <= 1000):
        raise Rejected("bad_type", "slot: a whole number from 1")
    return (tracking.tier, tracking.slot) if tracking else (tier, slot)


def _need(kind: str, product_no: int | None, category_no: int | None, given: Mapping[str, Any]) -> None:
    if kind in MONEY | {"dismiss"} and product_no is None:
        raise Rejected("missing_field", f"product_id: required for {kind}")
    if kind in INTENT and category_no is None:
        raise Rejected("missing_field", f"product_id or category: required for {kind}")
    if kind in EXPOSURE:
        if product_no is None:
            raise Rejected("missing_field", f"tracking or product_id: required for {kind}")
        lacking = [name for name in ("decision_id", "tier", "slot") if given[name] is None]
        if lacking:
            raise Rejected("missing_field", f"tracking or {lacking[0]}: required for {kind}")
    if kind == "cancel" and given["refers_to"] is None:
        raise Rejected("missing_field", "refers_to: required for cancel")


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > (4 * _TEXT_MAX if name == "tracking" else _TEXT_MAX):
        raise Rejected("bad_type", f"{name}: a text of 1 to {_TEXT_MAX} characters")
    if not value.isprintable():
        raise Rejected("bad_type", f"{name}: printable characters only")
    return value


def _id(fields: Mapping[str, Any], name: str) -> str:
    value = _text(fields, name)
    if value is None:
        raise Rejected("missing_field", f"{name}: required")
    if not is_id(value):
        raise Rejected("bad_type", f"{name}: 1 to 128 visible ASCII characters")
    return value


def _choice(fields: Mapping[str, Any], name: str, allowed: frozenset[str]) -> str | None:
    value = fields.get(name)
    if value.__class__ is str and value in allowed:
        return str(value)
    value = _text(fields, name)
    if value is not None:
        raise Rejected("bad_enum", f"{name}: must be one of {', '.join(sorted(allowed))}")
    return value


def _amount(fields: Mapping[str, Any]) -> int | None:
    value = fields.get("amount")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected("bad_type", "amount: a number")
    minor = minor_units(value)
    if isinstance(minor, str):
        raise Rejected(*_AMOUNT_FAULTS[minor])
    return minor


def _payload(fields: Mapping[str, Any], kind: str) -> str | None:
    payload = fields.get("payload")
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise Rejected("bad_type", "payload: an object")
    if kind == "dismiss":
        reason = payload.get("reason")
        if reason is not None and (not isinstance(reason, str) or reason not in DISMISS_REASONS):
            raise Rejected("bad_enum", f"payload.reason: must be one of {', '.join(sorted(DISMISS_REASONS))}")
    text = _json(payload)
    if len(text) > _PAYLOAD_MAX:
        raise Rejected("bad_type", f"payload: at most {_PAYLOAD_MAX} characters")
    if any(isinstance(value, float) and not math.isfinite(value) for value in _leaves(payload)):
        raise Rejected("non_finite", "payload: numbers must be finite")
    return text


def _json(value: object) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError as error:
        raise Rejected("bad_type", f"the event cannot be kept as JSON: {error}") from None


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]

"""Between the stored rows of a customer and the profile that the shelf rules and the recommender know."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from recommender.profile.fold import Happening, hash64
from recommender.profile.state import INTENT_KINDS, KIND, PURCHASE_KINDS
from recommender.profile.state import UNKNOWN as NONE
from service.calendar import BankCalendar
from shelf_rules.regime import Regime

PERSONALISATION = "personalisation"
MUTED_KINDS = INTENT_KINDS | {"served", "impression", "click"}
DISMISSALS_KEPT = 64
RETORT_US = 1
"""How long an answer dated ahead is in force when the customer has spoken since it was stored."""

Answer = tuple[str, bool, int]
"""A consent answer: scope, granted, changed_us."""


class GatePart(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The gate part of a customer's row: what law and the customer's own will ask of a shelf.

    `consents` are the answers that can matter from now on: the newest of every scope, besides those that were dated
    ahead. `risk_capacity` is 1..5; `dismissals` are (product_no, at_us), the newest last.
    """

    consents: tuple[Answer, ...] = ()
    risk_capacity: int | None = None
    risk_assessed_us: int | None = None
    birth_year: int | None = None
    region: str | None = None
    goal_purpose: str | None = None
    goal_horizon_days: int | None = None
    goal_liquidity_days: int | None = None
    credit_gate: str | None = None
    overdue: bool | None = None
    fraud_flag: bool | None = None
    dismissals: tuple[tuple[int, int], ...] = ()

    def with_dismissals(self, dismissals: tuple[tuple[int, int], ...]) -> GatePart:
        """The same gate with other dismissals."""
        return msgspec.structs.replace(self, dismissals=dismissals)


class DerivedPart(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The derived part: the tiers of the last daily snapshot as (category_no, tier), and its day; of the last
    measuring of tags the customer's own quality Q̃ as (tag_no, quality).
    """

    day: int = NONE
    tiers: tuple[tuple[int, str], ...] = ()
    tag_quality: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables say of a customer, events apart: rows as mappings with the tables' column names."""

    profile: Mapping[str, Any] = field(default_factory=dict)
    consents: Sequence[Mapping[str, Any]] = ()
    statement_us: int | None = None
    holdings: Sequence[Mapping[str, Any]] = ()
    snapshots: Sequence[Mapping[str, Any]] = ()
    flows: Sequence[Mapping[str, Any]] = ()
    tags: Sequence[Mapping[str, Any]] = ()


_GATES = msgspec.msgpack.Decoder(GatePart)
_DERIVED = msgspec.msgpack.Decoder(DerivedPart)
_ENCODE = msgspec.msgpack.Encoder().encode
_GATE_COLUMNS = GatePart.__struct_fields__[1:-1]
_NO_GATE, _NOTHING_DERIVED = GatePart(), DerivedPart()


def read_gate(data: bytes | None) -> GatePart:
    """The gate of a stored row; of a customer without a row, one that knows nothing."""
    return _NO_GATE if data is None else _GATES.decode(data)


def read_derived(data: bytes | None) -> DerivedPart:
    """The derived part of a stored row; empty where there is none."""
    return _NOTHING_DERIVED if data is None else _DERIVED.decode(data)


def renewed(data: bytes | None, fields: Mapping[str, Any]) -> bytes:
    """The derived part with some of its fields replaced; one that cannot be read is begun anew."""
    try:
        part = read_derived(data)
    except msgspec.MsgspecError:
        part = _NOTHING_DERIVED
    return to_bytes(msgspec.structs.replace(part, **fields))


def to_bytes(part: GatePart | DerivedPart) -> bytes:
    """The stored form of a part; equal parts give equal bytes."""
    return _ENCODE(part)


def granted(answers: Iterable[Answer], scope: str, at_us: int, defaults: Mapping[str, str]) -> bool:
    """Whether a scope is open at an instant: the newest answer, of two at once the refusal; unanswered, the default.

    `ask` is off until the customer has answered.
    """
    past = [(changed_us, not yes) for name, yes, changed_us in answers if name == scope and changed_us <= at_us]
    return not max(past)[1] if past else defaults.get(scope) == "on"


def granted_scopes(part: GatePart, at_us: int, regime: Regime) -> frozenset[str]:
    """The consent scopes open at an instant; the gate has its answers oldest first.

    A refusal dated ahead counts at once: another process may have stored it a moment ago by a clock that is ahead.
    """
    answered = {scope: yes for scope, yes, changed_us in part.consents if changed_us <= at_us}
    refused = refused_ahead(part.consents, at_us)
    return frozenset(
        [scope for scope, is_open in (_unanswered(regime) | answered).items() if is_open and scope not in refused]
    )


def refused_ahead(answers: Iterable[Answer], now_us: int) -> set[str]:
    """Scopes with a refusal dated ahead; one that the customer has answered with a grant since counts no more."""
    ahead = [answer for answer in answers if answer[2] > now_us]
    outdone = {(scope, at_us - RETORT_US) for scope, yes, at_us in ahead if yes}
    return {scope for scope, yes, at_us in ahead if not yes and (scope, at_us) not in outdone}


@lru_cache(maxsize=8)
def _unanswered(regime: Regime) -> dict[str, bool]:
    return {scope: default == "on" for scope, default in regime.consent_defaults.items()}


def personal(answers: Sequence[Answer], now_us: int, defaults: Mapping[str, str]) -> bool:
    """Whether the row's profile may be read: a refusal dated ahead counts at once, a grant when its time has come."""
    ahead = PERSONALISATION in refused_ahead(answers, now_us)
    return not ahead and granted(answers, PERSONALISATION, now_us, defaults)


class Muting:
    """Says which events are stored but never folded: intent and exposure from when personalisation was off.

    What was served is the service's own doing and comes from the decision log: it is never folded.
    """

    __slots__ = ("_granted", "_since")

    def __init__(self, answers: Iterable[Answer], defaults: Mapping[str, str]) -> None:
        turns = sorted((at_us, not yes) for scope, yes, at_us in answers if scope == PERSONALISATION)
        self._since = [at_us for at_us, _ in turns]
        self._granted = [defaults.get(PERSONALISATION) == "on", *(not refused for _, refused in turns)]

    def __call__(self, kind: str, occurred_us: int) -> bool:
        return kind in MUTED_KINDS and (kind == "served" or not self._granted[bisect_right(self._since, occurred_us)])


def answers_of(consents: Iterable[Mapping[str, Any]]) -> tuple[Answer, ...]:
    """Rows of the table `consents` as answers, oldest first."""
    ordered = sorted(consents, key=lambda row: (row["changed_us"], not row["granted"], row["scope"]))
    return tuple((row["scope"], bool(row["granted"]), row["changed_us"]) for row in ordered)


def gate_of(known: Known, dismissed: Iterable[tuple[int, int]]) -> GatePart:
    """The gate part that tables and dismissals make, whatever the time is now."""
    columns = {name: known.profile.get(name) for name in _GATE_COLUMNS}
    return GatePart(consents=_lasting(known.consents), **columns, dismissals=newest_dismissals(dismissed))


def newest_dismissals(dismissed: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The newest dismissal of each product, the newest 64 of them, oldest first."""
    newest: dict[int, int] = {}
    for product_no, at_us in dismissed:
        newest[product_no] = max(at_us, newest.get(product_no, at_us))
    ordered = sorted((at_us, product_no) for product_no, at_us in newest.items())[-DISMISSALS_KEPT:]
    return tuple((product_no, at_us) for at_us, product_no in ordered)


def _lasting(consents: Sequence[Mapping[str, Any]]) -> tuple[Answer, ...]:
    kept: list[Mapping[str, Any]] = []
    by_scope = sorted(consents, key=lambda row: (row["scope"], -row["changed_us"]))
    for _, rows in groupby(by_scope, key=itemgetter("scope")):
        clock_us: int | None = None
        for row in rows:
            kept.append(row)
            # The clock may have been set back between two answers: what counts is the earliest it said of them.
            clock_us = row["recorded_us"] if clock_us is None else min(clock_us, row["recorded_us"])
            if row["changed_us"] <= clock_us:
                break
    return answers_of(kept)


_session = lru_cache(maxsize=65_536)(hash64)
_make_happening = Happening._make  # half the time of the constructor


Told = tuple[int, str, str, int | None, int | None, int | None, str | None, str | None, str | None, str | None]
"""Columns of an event: occurred_us, event_id, kind, product_no, category_no, amount, session_id, channel, task_id,
refers_to."""


def happening(told: Told, category_of: Mapping[int, int], calendar: BankCalendar) -> Happening:
    """An event that is not muted as the fold reads it; without a category of its own it has the product's."""
    occurred_us, event_id, kind, product_no, category_no, amount, session_id, channel, task_id, refers_to = told
    if category_no is None:
        category_no = NONE if product_no is None else category_of[product_no]
    return _make_happening(
        (
            occurred_us,
            event_id,
            KIND[kind],
            NONE if product_no is None else product_no,
            category_no,
            calendar.day(occurred_us),
            NONE if amount is None else amount,
            _session(session_id) if session_id and kind in INTENT_KINDS else 0,
            channel or "",
            hash64(event_id) if kind in PURCHASE_KINDS else 0,
            hash64(refers_to) if refers_to and kind == "cancel" else 0,
            task_id is not None,
        )
    )


def flow_key(row: Mapping[str, Any]) -> str:
    """The identity of a cash flow: its id, without one its time, class, name and sign."""
    if row.get("flow_id"):
        return f"id:{row['flow_id']}"
    own = row.get("own_name")
    name = "" if own is None else int(own)
    return f"{row['occurred_us']}:{row.get('counterparty_class') or ''}:{name}:{'-' if row['amount'] < 0 else '+'}"

"""The glue from a customer's stored row and the world in force to the facts of one decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.profile.parts import Parts, read_parts
from recommender.profile.state import (
    FLOWS,
    HEADS,
    IMPRESSIONS,
    INTENT,
    INTENT_KINDS,
    KIND,
    PURCHASE_KINDS,
    PURCHASES,
    SPELLS,
    TAGS,
)
from recommender.states import Past as RankerPast
from recommender.states import tag_values
from service.profiles import DerivedPart, GatePart, granted_scopes, read_derived, read_gate
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.catalogue import Bools, Ints
from shelf_rules.facts import Facts, Gate, Mode, Past, Peers, Query, Records, Scores, TagTable

_CLICK = KIND["click"]
_IS_LOOK = np.zeros(256, dtype=np.bool_)  # by kind number
_IS_LOOK[[KIND[name] for name in INTENT_KINDS]] = True
_IS_PURCHASE = np.zeros(256, dtype=np.bool_)
_IS_PURCHASE[[KIND[name] for name in PURCHASE_KINDS]] = True


class Moment(NamedTuple):
    """The time of a decision: UTC microseconds, day and year of the bank's calendar."""

    now_us: int
    today: int
    year: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The inputs of a decision that are neither stored facts nor versions; replay reads them from the log."""

    customer_id: str
    query: Query
    moment: Moment
    seed: int
    held_out: bool
    suspended: tuple[int, ...] = ()
    fallback: bool = False
    degraded: tuple[str, ...] = ()


def build_facts(asked: Asked, row: CustomerRow | None, world: World) -> Facts:
    """The facts of one decision; a shelf that is not personal has no past in them."""
    gate_part = None if row is None or asked.fallback else read_gate(row.gate)
    gate = Gate() if gate_part is None else _gate(gate_part, asked.moment.now_us, world)
    mode = _mode(asked, row, gate)
    parts = read_parts(row.state) if mode == "personal" and row is not None and row.state is not None else None
    past = None
    if mode == "personal":
        derived = read_derived(row.derived) if row is not None and row.derived is not None else None
        past = _past(parts, gate, derived, world.tags)
    return Facts(
        now_us=asked.moment.now_us,
        today=asked.moment.today,
        year=asked.moment.year,
        mode=mode,
        seed=asked.seed,
        query=asked.query,
        gate=gate,
        scores=_scores(world, parts, past, gate, asked.moment.today),
        past=past,
        population=world.population if past is not None else None,
        peers=_peers(world, gate_part, past, asked.moment) if past is not None else None,
        tags=world.tags if past is not None else None,
        suspended=_suspended(world, asked.suspended),
        degraded=asked.degraded,
    )


def past_of(row: CustomerRow, world: World, moment: Moment) -> tuple[Gate, Past] | None:
    """What a personal shelf would read of a customer, its scores apart; None where it would not be personal."""
    gate = _gate(read_gate(row.gate), moment.now_us, world)
    if not row.personal or row.state is None or "personalisation" not in gate.scopes:
        return None
    return gate, _past(read_parts(row.state), gate, None, world.tags)


def _mode(asked: Asked, row: CustomerRow | None, gate: Gate) -> Mode:
    if asked.fallback:
        return "fallback"
    if row is None or not row.personal or "personalisation" not in gate.scopes:
        return "nonpersonal"
    return "holdout" if asked.held_out else "personal"


def _gate(part: GatePart, now_us: int, world: World) -> Gate:
    return Gate(
        capacity=part.risk_capacity or 0,
        assessed_us=part.risk_assessed_us,
        birth_year=part.birth_year,
        region=part.region,
        goal_horizon_days=part.goal_horizon_days,
        goal_liquidity_days=part.goal_liquidity_days,
        credit_pass=part.credit_gate == "pass",
        overdue=bool(part.overdue),
        fraud_flag=bool(part.fraud_flag),
        scopes=granted_scopes(part, now_us, world.regime),
        dismissed=tuple((product_no, at_us) for product_no, at_us in part.dismissals),
    )


def _past(parts: Parts | None, gate: Gate, derived: DerivedPart | None, table: TagTable) -> Past:
    holdings, behaviour = "holdings" in gate.scopes, "behaviour" in gate.scopes
    read = parts if parts is not None else _EMPTY
    kinds = read.events["kind"]
    clicks, looks = read.events[kinds == _CLICK], read.events[_IS_LOOK[kinds]]
    return Past(
        purchases=read.purchases if holdings else _EMPTY.purchases,
        heads=read.heads if holdings else _EMPTY.heads,
        spells=read.spells if holdings else _EMPTY.spells,
        intent=read.intent if behaviour else _EMPTY.intent,
        flows=read.flows,
        impressions=read.impressions,
        clicks=clicks,
        looks=looks,
        tags=_open_tags(read, gate, table),
        joined_day=read.joined_day,
        first_day=read.first_day,
        active_day=read.active_day,
        statement=read.statement_known,
        holdings_read=holdings,
        outflow_read="outflow" in gate.scopes,
        behaviour_read=behaviour,
        previous=() if derived is None else tuple(derived.tiers),
        tag_quality=() if derived is None else derived.tag_quality,
    )


def _open_tags(read: Parts, gate: Gate, table: TagTable) -> Records:
    """The tags that the customer's consents open: latent ones act under a scope of their own."""
    if "tags" not in gate.scopes:
        return _EMPTY.tags
    if not table.latent or "latent_tags" in gate.scopes:
        return read.tags
    return read.tags[~np.isin(read.tags["tag"], table.latent)]


_EMPTY = Parts(
    purchases=np.empty(0, PURCHASES),
    heads=np.empty(0, HEADS),
    spells=np.empty(0, SPELLS),
    intent=np.empty(0, INTENT),
    flows=np.empty(0, FLOWS),
    events=np.empty(0, [("product", "<i4"), ("kind", "u1"), ("day", "<i4"), ("amount", "<i8")]),
    impressions=np.empty(0, IMPRESSIONS),
    tags=np.empty(0, TAGS),
    joined_day=-1,
    first_day=-1,
    active_day=-1,
    statement_known=False,
    folded=0,
)


def _scores(world: World, parts: Parts | None, past: Past | None, gate: Gate, today: int) -> Scores:
    scorer = world.scorer
    if scorer is None:
        nothing = np.zeros(len(world.catalogue))
        return Scores(nothing, nothing, order=world.order)
    cf = tiers = None
    if past is not None:
        tiers = scorer.probabilities(ranker_past(world, parts, past, gate, today), today)
    if parts is not None and (tiers is None or np.isnan(tiers).all(axis=1).any()):  # a tier without a ranker
        events = parts.events
        closed = _closed_kinds(gate)
        if closed is not None:
            events = events[~np.isin(events["kind"], closed)]
        cf = scorer.scores(events, today)
    return Scores(scorer.popularity, scorer.popularity_rank, cf, world.order, tiers)


def ranker_past(world: World, parts: Parts | None, past: Past, gate: Gate, today: int) -> RankerPast:
    """What the ranker may read: the parts that the customer's consents open, cancelled purchases left out."""
    events = (parts if parts is not None else _EMPTY).events
    closed = _closed_kinds(gate)
    if closed is not None:
        events = events[~np.isin(events["kind"], closed)]
    cancelled = past.purchases[past.purchases["cancelled"] >= 0]
    if len(cancelled):
        gone = np.isin(_bought(events), _bought(cancelled)) & _IS_PURCHASE[events["kind"]]
        events = events[~gone]
    tags = past.tags[past.tags["assigned"] <= today]
    values = tag_values(tags["tag"], tags["affinity"], world.tag_quality)
    return RankerPast(events, past.spells, tags["tag"], values)


def _bought(entries: Records) -> Ints:
    """Product and day as one number."""
    key: Ints = entries["product"].astype(np.int64) << 32 | entries["day"].astype(np.int64)
    return key


_MONEY_NUMBERS = np.array([KIND[name] for name in ("apply", "purchase", "top_up", "renewal")], dtype=np.uint8)
_BEHAVIOUR_NUMBERS = np.array(
    [KIND[name] for name in "click search list detail compare calculate consult watch push_click".split()],  # noqa: SIM905
    dtype=np.uint8,
)


def _closed_kinds(gate: Gate) -> np.ndarray | None:
    """Kinds of product events that the customer's consents close to the model."""
    holdings, behaviour = "holdings" in gate.scopes, "behaviour" in gate.scopes
    if holdings and behaviour:
        return None
    closed = [_MONEY_NUMBERS] * (not holdings) + [_BEHAVIOUR_NUMBERS] * (not behaviour)
    return np.concatenate(closed)


def _peers(world: World, part: GatePart | None, past: Past, moment: Moment) -> Peers | None:
    if part is None or world.scorer is None:
        return None
    first, size = world.scorer.peers(part.birth_year, part.goal_purpose, past.joined_day, moment.today)
    missing = len(world.catalogue.categories) - len(first)
    return Peers(np.pad(first, (0, missing)) if missing else first, size)


def _suspended(world: World, suspended: tuple[int, ...]) -> Bools | None:
    if not suspended:
        return None
    mask = np.zeros(len(world.catalogue), dtype=np.bool_)
    row_of = world.catalogue.row_of
    mask[[int(row_of[number]) for number in suspended if number < len(row_of) and row_of[number] >= 0]] = True
    return mask

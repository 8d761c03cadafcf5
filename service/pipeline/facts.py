"""The glue from a customer's stored row and the world in force to the facts of one decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np

from recommender.features import FEW
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
from service.crediting import cancel_days
from service.profiles import DerivedPart, GatePart, granted_scopes, read_derived, read_gate
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.catalogue import Bools, Floats
from shelf_rules.facts import Facts, Gate, Mode, Past, Peers, Query, Records, Scores, TagTable

_CLICK = KIND["click"]
BLOCK = FEW
"""So many decisions are prepared at once: more gain little, and wait for one another."""


def _kinds(names: Iterable[str]) -> Bools:
    """Whether an event is of one of these kinds, by the number of its kind."""
    marks = np.zeros(256, dtype=np.bool_)
    marks[[KIND[name] for name in names]] = True
    return marks


_IS_LOOK, _IS_PURCHASE = _kinds(INTENT_KINDS), _kinds(PURCHASE_KINDS)


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
    return build_all([(asked, row)], world)[0]


def build_all(asked: Sequence[tuple[Asked, CustomerRow | None]], world: World) -> list[Facts]:
    """The facts of some decisions of one day, up to `BLOCK`, each what it would be alone: the ranker takes all at once.

    A row that cannot be read fails all of them.
    """
    reads = [_read(one, row, world) for one, row in asked]
    personal = [read for read in reads if read.past is not None]
    chances = iter(_chances(world, personal)) if personal else iter(())
    return [_facts(world, read, next(chances) if read.past is not None else None) for read in reads]


class _Read(NamedTuple):
    """What a row says, decoded."""

    asked: Asked
    mode: Mode
    gate_part: GatePart | None
    gate: Gate
    parts: Parts | None
    past: Past | None


def _read(asked: Asked, row: CustomerRow | None, world: World) -> _Read:
    gate_part = None if row is None or asked.fallback else read_gate(row.gate)
    gate = Gate() if gate_part is None else _gate(gate_part, asked.moment.now_us, world)
    mode = _mode(asked, row, gate)
    if mode != "personal" or row is None:
        return _Read(asked, mode, gate_part, gate, None, None)
    parts = None if row.state is None else read_parts(row.state)
    derived = None if row.derived is None else read_derived(row.derived)
    return _Read(asked, mode, gate_part, gate, parts, _past(parts, gate, derived, world.tags))


def _facts(world: World, read: _Read, chances: _Ranked | None) -> Facts:
    asked, past = read.asked, read.past
    return Facts(
        now_us=asked.moment.now_us,
        today=asked.moment.today,
        year=asked.moment.year,
        mode=read.mode,
        seed=asked.seed,
        query=asked.query,
        gate=read.gate,
        scores=_scores(world, read, chances),
        past=past,
        population=world.population if past is not None else None,
        peers=_peers(world, read.gate_part, past, asked.moment) if past is not None else None,
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
    """The tags that the customer's consents open: some act under scopes of their own."""
    if "tags" not in gate.scopes:
        return _EMPTY.tags
    missing = _scopes_needed(table) - gate.scopes
    if not missing:
        return read.tags
    is_shut = _is_shut(table, missing)
    open_tags: Records = read.tags[~is_shut[np.minimum(read.tags["tag"], len(is_shut) - 1)]]
    return open_tags


@lru_cache(maxsize=4)
def _scopes_needed(table: TagTable) -> frozenset[str]:
    return frozenset().union(*(scopes for _, scopes in table.needs))


@lru_cache(maxsize=64)
def _is_shut(table: TagTable, missing: frozenset[str]) -> Bools:
    """Whether a tag may not act without these scopes, by its number; the last entry stands for all larger ones."""
    marks = np.zeros(len(table.codes) + 1, dtype=np.bool_)
    marks[[number for number, scopes in table.needs if scopes & missing]] = True
    return marks


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


class _Ranked(NamedTuple):
    """What the promoted rankers say for one shelf, and how the transferable tier's order leans."""

    tiers: Floats
    leaning: Floats | None


def _chances(world: World, reads: Sequence[_Read]) -> Iterable[_Ranked | None]:
    """Of each personal shelf what the promoted rankers say of every tier and product, None without any."""
    today = reads[0].asked.moment.today
    pasts = [ranker_past(world, read.parts, read.past, read.gate, today) for read in reads if read.past is not None]
    chances = None if world.scorer is None else world.scorer.chances(pasts, today)
    if chances is None:
        return repeat(None)
    leanings = repeat(None) if chances.leaning is None else chances.leaning
    return map(_Ranked, chances.tiers.swapaxes(0, 1), leanings)


def _scores(world: World, read: _Read, chances: _Ranked | None) -> Scores:
    scorer, cf = world.scorer, None
    if scorer is None:
        nothing = np.zeros(len(world.catalogue))
        return Scores(nothing, nothing, order=world.order)
    if read.parts is not None and not scorer.ranks_all:
        events = _open_events(read.parts, read.gate)
        cf = scorer.scores(events, read.asked.moment.today)
    tiers, leaning = (None, None) if chances is None else chances
    return Scores(scorer.popularity, scorer.popularity_rank, cf, world.order, tiers=tiers, leaning=leaning)


def ranker_past(world: World, parts: Parts | None, past: Past, gate: Gate, today: int) -> RankerPast:
    """What the ranker may read: the parts that the customer's consents open, purchases cancelled in time left out."""
    events = _open_events(parts if parts is not None else _EMPTY, gate)
    cancelled = past.purchases[past.purchases["cancelled"] >= 0]
    if len(cancelled):
        grace = cancel_days(world.catalogue.categories, cancelled["category"])
        cancelled = cancelled[(cancelled["cancelled"] <= today) & (cancelled["cancelled"] - cancelled["day"] <= grace)]
        events = _without(events, cancelled)
    tags = past.tags[past.tags["assigned"] <= today]
    values = tag_values(tags["tag"], tags["affinity"], today - tags["assigned"], world.tag_quality, world.tag_half_life)
    return RankerPast(events, past.spells, tags["tag"], values, past.joined_day)


def _without(events: Records, cancelled: Records) -> Records:
    """The events without one purchase for each that was cancelled: of two on one day the other stays."""
    kept = np.ones(len(events), np.bool_)
    for product, day, amount in cancelled[["product", "day", "amount"]].tolist():
        same = _IS_PURCHASE[events["kind"]] & (events["product"] == product) & (events["day"] == day)
        kept[np.flatnonzero(kept & same & (events["amount"] == amount))[:1]] = False
    return events[kept]


_IS_MONEY = _kinds({"apply", "purchase", "top_up", "renewal"})
_IS_BEHAVIOUR = _kinds({"click", *INTENT_KINDS})


def _open_events(parts: Parts, gate: Gate) -> Records:
    """The product events that the customer's consents open to the model."""
    events = parts.events
    if "holdings" not in gate.scopes:
        events = events[~_IS_MONEY[events["kind"]]]
    if "behaviour" not in gate.scopes:
        events = events[~_IS_BEHAVIOUR[events["kind"]]]
    return events


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

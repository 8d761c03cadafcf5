"""What the rows of customers say for the measuring of tags: who may be read, stage, tags, holdings, outside money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, func, select

from recommender.profile.state import SPELLS, TAGS
from recommender.training_data import Ints
from service.as_of import rows_as_of
from service.pipeline.facts import Moment, past_of
from service.profiles import PERSONALISATION, granted_scopes, read_gate
from service.progress import Progress
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.evidence import gather_evidence
from shelf_rules.facts import STAGES, Facts, Gate, Past, Query, Records, Scores
from shelf_rules.lifecycle import stage
from shelf_rules.situation import Situation

YEAR_WEEKS = 52
NEEDED = frozenset({"tags", "holdings"})
"""Consent scopes without which a customer's tags and purchases are not measured on, besides personalisation."""

_ASKED = NEEDED | {PERSONALISATION}
_ROWS, _TAGS = table(tables.CustomerRows), table(tables.Tags)
_LATER = tuple(
    (table(of), column)
    for of, columns in (
        (tables.Events, ("occurred_us",)),
        (tables.CashFlows, ("occurred_us",)),
        (tables.Statements, ("as_of_us",)),
        (tables.Consents, ("changed_us",)),
        (tables.Tags, ("assigned_us", "removed_us")),
    )
    for column in columns
)
_PAGE = 500


@dataclass(slots=True)
class TagCustomers:
    """Those whose consents open everything, ordered by id, and the records of their states, each with its owner."""

    ids: list[str] = field(default_factory=list)
    stage: list[int] = field(default_factory=list)
    external: list[float] = field(default_factory=list)
    behaviour: list[bool] = field(default_factory=list)  # whether what they looked at may be read
    joined: list[int] = field(default_factory=list)  # day, -1 unknown
    deleted: list[tuple[int, int]] = field(default_factory=list)  # customer and tag of what the customer has deleted
    scopes: list[frozenset[str]] = field(default_factory=list)  # consents that are given
    tags: list[Records] = field(default_factory=list)
    spells: list[Records] = field(default_factory=list)

    @classmethod
    def read(cls, connection: Connection, runtime: Runtime, at_us: int, progress: Progress) -> TagCustomers:
        """The customers as of an instant: rows as stored, computed anew for those of whom something later is known.

        Whoever has withdrawn a consent since then is left out, and so is a tag that its customer has deleted since:
        what may be read is what may be read now.
        """
        world = runtime.worlds.last()
        moment = Moment(at_us, runtime.calendar.day(at_us), runtime.calendar.year(at_us))
        reader = _Reader(world, moment, _deleted(connection, runtime))
        found, done = cls(), 0
        for page in _pages(connection, runtime, at_us):
            for customer_id, row in page:
                reader.take(found, customer_id, row)
            done += len(page)
            progress("customers", done, 0)
        progress("customers", done, done)
        return found

    def owners(self, parts: Sequence[Records]) -> Ints:
        """The place of the customer of every record of a part."""
        return np.repeat(np.arange(len(self.ids)), [len(part) for part in parts])

    def all_tags(self) -> tuple[Ints, Records]:
        """Owner and record of every standing tag."""
        return self.owners(self.tags), np.concatenate([np.empty(0, TAGS), *self.tags])

    def all_spells(self) -> tuple[Ints, Records]:
        """Owner and record of every spell."""
        return self.owners(self.spells), np.concatenate([np.empty(0, SPELLS), *self.spells])


class _Reader:
    def __init__(self, world: World, moment: Moment, deleted: Mapping[str, Mapping[int, int]]) -> None:
        self._world, self._moment, self._deleted = world, moment, deleted
        nothing = np.zeros(len(world.catalogue))
        self._scores = Scores(nothing, nothing, order=world.order)
        self._week = (moment.today + 3) // 7

    def take(self, into: TagCustomers, customer_id: str, row: CustomerRow) -> None:
        open_parts = past_of(row, self._world, self._moment)
        if open_parts is None or not open_parts[0].scopes >= NEEDED:
            return
        gate, past = open_parts
        into.ids.append(customer_id)
        into.stage.append(STAGES.index(self._stage(gate, past)))
        into.external.append(self._external(past))
        into.behaviour.append(past.behaviour_read)
        into.scopes.append(gate.scopes)
        into.joined.append(past.joined_day if past.joined_day >= 0 else past.first_day)
        standing = past.tags[past.tags["assigned"] <= self._moment.today]
        for tag, day in self._deleted.get(customer_id, {}).items():
            standing = standing[(standing["tag"] != tag) | (standing["assigned"] > day)]
            if tag not in standing["tag"]:
                into.deleted.append((len(into.ids) - 1, tag))
        into.tags.append(standing)
        into.spells.append(past.spells[past.spells["opened"] <= self._moment.today])

    def _stage(self, gate: Gate, past: Past) -> str:
        world, moment = self._world, self._moment
        facts = Facts(*moment, "personal", 0, Query(), gate, self._scores, past)
        situation = Situation(facts, world.catalogue, world.policy, world.regime)
        situation.evidence = gather_evidence(facts, world.catalogue, world.policy, world.regime)
        return stage(situation)

    def _external(self, past: Past) -> float:
        """Net money from outside in the last 52 weeks, nan where no flow is known."""
        age = self._week - past.flows["week"]
        recent = past.flows[(age >= 0) & (age <= YEAR_WEEKS)]
        return float((recent["money_in"] - recent["money_out"]).sum()) if len(past.flows) else float("nan")


def _deleted(connection: Connection, runtime: Runtime) -> dict[str, dict[int, int]]:
    """The tags that customers have deleted, each with the day: no assignment up to then may be read any more.

    Who has an assignment in quarantine is neither a carrier nor somebody without the tag either.
    """
    columns = (_TAGS.c.customer_id, _TAGS.c.tag_no, func.max(_TAGS.c.removed_us).label("removed_us"))
    gone = (_TAGS.c.removed_by == "customer") & _TAGS.c.removed_us.is_not(None)
    found: dict[str, dict[int, int]] = {}
    for row in connection.execute(select(*columns).where(gone).group_by(_TAGS.c.customer_id, _TAGS.c.tag_no)):
        found.setdefault(row.customer_id, {})[row.tag_no] = runtime.calendar.day(row.removed_us)
    apart = _TAGS.c.quarantined.is_not(None) & _TAGS.c.removed_us.is_(None)
    for customer_id, tag_no in connection.execute(select(_TAGS.c.customer_id, _TAGS.c.tag_no).where(apart)):
        found.setdefault(customer_id, {}).setdefault(tag_no, -1)
    return found


def _pages(connection: Connection, runtime: Runtime, at_us: int) -> Iterator[list[tuple[str, CustomerRow]]]:
    later = _later(connection, at_us) if at_us < runtime.clock.now_us() else set()
    columns = (_ROWS.c.customer_id, _ROWS.c.version, _ROWS.c.personal, _ROWS.c.gate, _ROWS.c.state)
    statement = select(*columns).where(_ROWS.c.version > 0).order_by(_ROWS.c.customer_id).limit(_PAGE)
    regime, now_us, after = runtime.worlds.last().regime, runtime.clock.now_us(), ""
    while page := connection.execute(statement.where(_ROWS.c.customer_id > after)).all():
        after = page[-1].customer_id
        readable = [row for row in page if granted_scopes(read_gate(row.gate), now_us, regime) >= _ASKED]
        changed = [row.customer_id for row in readable if row.customer_id in later]
        earlier = rows_as_of(connection, runtime, changed, at_us) if changed else {}
        yield [
            (row[0], earlier.get(row[0]) or CustomerRow(row[1], bool(row[2]), row[3], row[4], None)) for row in readable
        ]


def _later(connection: Connection, at_us: int) -> set[str]:
    """The customers of whom something is known that is dated after an instant."""
    found: set[str] = set()
    for of, column in _LATER:
        found.update(connection.scalars(select(of.c.customer_id).where(of.c[column] > at_us).distinct()))
    return found


def closed_days(spells: Records, world: World, today: int) -> tuple[Ints, Ints]:
    """The day on which each spell ended, -1 while it runs, and the day from which its terms are counted.

    A spell ends where it was closed, or where its maturity has come and no renewal followed.
    """
    catalogue = world.catalogue
    rows = catalogue.rows(spells["product"].astype(np.int64))
    matures = spells["matures"].astype(np.int64)
    since, opened = spells["since"].astype(np.int64), spells["opened"].astype(np.int64)
    if len(catalogue):
        by_term = (
            (rows >= 0) & (matures < 0) & (since >= 0) & catalogue.matures[rows] & (catalogue.term_days[rows] >= 0)
        )
        matures = np.where(by_term, since + catalogue.term_days[rows], matures)
    closed = spells["closed"].astype(np.int64)
    ended = (closed >= 0) & (closed <= today)
    over = np.where((matures >= 0) & (matures <= today), np.maximum(matures, opened), -1)
    anchor = np.where(since > opened, since, np.where(spells["matures"] >= 0, spells["matures"], opened))
    return np.where(ended, closed, over), anchor

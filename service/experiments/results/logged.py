"""What the decision log says of a phase, arm by arm: who was assigned, what was not the arm's own, who would move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import Connection, select

from service.experiments.results.reading import Shelf, Span, shelf_of
from service.experiments.spec import COUNTED
from service.ids import ulid
from service.stores import tables
from service.stores._upsert import table

SAMPLE = 500
"""Decisions that are assigned anew."""
_PAGE = 1000
_STAMP = 10  # characters of a ULID that are its time
_LOG = table(tables.Decisions)
Redo = Callable[[str], str | None]
"""The arm of a customer, assigned anew."""


class _Drawn(NamedTuple):
    rank: int
    customer_id: str
    arm: str


@dataclass(slots=True)
class Logged:
    """Customers assigned to each arm, shelves and those that were not the arm's own, decisions assigned anew."""

    assigned: list[set[str]]
    shelves: list[int]
    fallbacks: list[int]
    sample: list[_Drawn] = field(default_factory=list)

    def shares(self) -> tuple[float, ...]:
        """The share of each arm's shelves that were not its own."""
        both = zip(self.fallbacks, self.shelves, strict=True)
        return tuple(bad / total if total else 0.0 for bad, total in both)

    def drifted(self, redo: Redo | None) -> tuple[int, int]:
        """How many decisions were assigned anew, and how many came out in another arm."""
        if redo is None:
            return 0, 0
        return len(self.sample), sum(redo(one.customer_id) != one.arm for one in self.sample)


def read_log(connection: Connection, span: Span) -> Logged:
    """Read the log of a phase in one pass, a page of decisions at a time."""
    arms = {arm.key: number for number, arm in enumerate(span.experiment.spec.arms)}
    found = Logged([set() for _ in arms], [0] * len(arms), [0] * len(arms))
    for decision_id, customer_id, shelf in _decisions(connection, span):
        for one in shelf.assignments:
            if (one["experiment"], one["phase"]) != (span.experiment.key, span.experiment.phase):
                continue
            if one["source"] not in COUNTED or one["arm"] not in arms or customer_id in span.overridden:
                continue
            number = arms[one["arm"]]
            found.assigned[number].add(customer_id)
            found.shelves[number] += 1
            found.fallbacks[number] += shelf.served != "normal"
            if one["source"] == "hash":
                _draw(found.sample, _Drawn(-crc32(decision_id.encode()), customer_id, one["arm"]))
    return found


def _draw(sample: list[_Drawn], one: _Drawn) -> None:
    """Keep those of the lowest checksum: the same ones of the same log."""
    if len(sample) < SAMPLE:
        heappush(sample, one)
    else:
        heappushpop(sample, one)


def _decisions(connection: Connection, span: Span) -> Iterator[tuple[str, str, Shelf]]:
    """Identifiers sort by time, so that nothing older than the phase is read."""
    after = ulid(span.started_us)[:_STAMP]
    columns = (_LOG.c.decision_id, _LOG.c.customer_id, _LOG.c.document)
    inside = (_LOG.c.decided_us >= span.started_us) & (_LOG.c.decided_us < span.until_us)
    while True:
        page = select(*columns).where(inside, _LOG.c.decision_id > after).order_by(_LOG.c.decision_id).limit(_PAGE)
        rows = connection.execute(page).all()
        yield from ((row[0], row[1], shelf_of(row[2])) for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]

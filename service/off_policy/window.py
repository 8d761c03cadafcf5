"""Which logged decisions are replayed: those of some days, all of them or a sample, in the order of their ids."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select

from service.ids import ulid
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import Store

_DECISIONS = table(tables.Decisions)
_PAGE = 10_000
_TIME = 10  # characters of an id that are its time
_LAST_US = (1 << 48) * 1000 - 1


class Window(NamedTuple):
    """From `since_us` until before `until_us`, UTC microseconds; at most `sample` decisions."""

    sample: int
    since_us: int | None = None
    until_us: int | None = None

    @property
    def is_turned(self) -> bool:
        """Whether it ends before, or as, it begins."""
        return self.since_us is not None and self.until_us is not None and self.until_us <= self.since_us


class Picked(NamedTuple):
    """The decisions of a window that are looked at, and how many there are."""

    ids: list[str]
    there: int


def pick(store: Store, window: Window) -> Picked:
    """The ids with the smallest hashes: the same log gives the same sample, and a larger one has it too."""
    there = 0
    kept: list[tuple[int, str]] = []
    for decision_id in _ids(store, window):
        there += 1
        rank = -int.from_bytes(hashlib.blake2b(decision_id.encode(), digest_size=8).digest(), "big")
        if len(kept) < window.sample:
            heapq.heappush(kept, (rank, decision_id))
        elif rank > kept[0][0]:
            heapq.heapreplace(kept, (rank, decision_id))
    return Picked(sorted(decision_id for _, decision_id in kept), there)


def _ids(store: Store, window: Window) -> Iterator[str]:
    """Read in pages, so that no page of a long log holds up anybody."""
    after = "" if window.since_us is None else _first(window.since_us)
    last = _first(_LAST_US if window.until_us is None else window.until_us)
    while True:
        column = _DECISIONS.c.decision_id
        page = select(column).where(column > after, column < last).order_by(column).limit(_PAGE)
        with store.connect() as connection:
            found = list(connection.execute(page).scalars())
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1]


def _first(at_us: int) -> str:
    """The id before all others of a millisecond."""
    return ulid(at_us)[:_TIME] + "0" * 16

"""Computes the rows of customers anew from everything that is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection

from service.progress import Progress, silent
from service.stores.protocols import Store

PAGE = 200  # customers of one transaction: live events wait for no more than that


class Rebuilt(NamedTuple):
    """How many customers a rebuild went through and how many events it read."""

    customers: int
    events: int


def rebuild_states(
    store: Store,
    customers: Iterable[str] | None = None,
    progress: Progress = silent,
    *,
    within: Connection | None = None,
) -> Rebuilt:
    """Write the rows that differ from what tables and events say; of all customers unless some are named.

    Every page of customers is a transaction of its own, unless all happens `within` one of the caller's.
    """
    done, events = 0, 0
    for page in _pages(store) if customers is None else _slices(customers):
        events += store.refresh(page, within=within)
        done += len(page)
        progress("rows", done, 0)
    progress("rows", done, done)
    return Rebuilt(done, events)


def _pages(store: Store) -> Iterator[list[str]]:
    after = ""
    while page := store.everybody(after=after, limit=PAGE):
        yield page
        after = page[-1]


def _slices(customers: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(customers)
    while page := list(islice(remaining, PAGE)):
        yield page

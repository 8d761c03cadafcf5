"""What follows an import once it is committed; it is noted in the import itself, so that a crash loses none of it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from service.exchange import schema
from service.exchange.schema import File
from service.jobs.rebuild import rebuild_states
from service.progress import Progress, silent
from service.stores import tables
from service.stores.protocols import Store

_NOTE = "import_unfinished"
_META: Any = tables.Meta.__table__  # type: ignore[attr-defined]
# What no customer's row is computed from.
_ASIDE = frozenset({schema.ELIGIBILITY.name, schema.BASKET_ORDER.name})


@dataclass(slots=True)
class Unfinished:
    """What an import has changed: the catalogue, the tags' definitions, the facts of customers."""

    catalogue: bool = False
    tags: bool = False
    customers: set[str] = field(default_factory=set)

    def note(self, file: File, *, changed: bool, customers: set[str]) -> None:
        """A file was loaded; it may be the first to name a category too."""
        self.catalogue |= changed and file in {schema.PRODUCTS, schema.EVENTS, schema.TAG_DEFINITIONS}
        self.tags |= changed and file is schema.TAG_DEFINITIONS
        if file.name not in _ASIDE:
            self.customers |= customers


def note_unfinished(connection: sqlite3.Connection, unfinished: Unfinished) -> None:
    """Note in the import's own transaction what is still to be done after it."""
    if unfinished.catalogue or unfinished.tags or unfinished.customers:
        value = json.dumps({"catalogue": unfinished.catalogue, "tags": unfinished.tags})
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (_NOTE, value))


def finish_import(store: Store, unfinished: Unfinished, now_us: int, progress: Progress) -> None:
    """Bring versions and the rows of the changed customers up to what was imported."""
    _renew(store, unfinished, now_us)
    if unfinished.customers:
        rebuild_states(store, sorted(unfinished.customers), progress)
    _forget(store)


def resume_import(store: Store, now_us: int, progress: Progress = silent) -> bool:
    """Finish an import that a crash cut short after its commit, for all customers; False: there was none."""
    with store.connect() as connection:
        value = connection.scalar(select(_META.c.value).where(_META.c.key == _NOTE))
    if value is None:
        return False
    noted = json.loads(value)
    _renew(store, Unfinished(noted["catalogue"], noted["tags"]), now_us)
    rebuild_states(store, progress=progress)
    _forget(store)
    return True


def _renew(store: Store, unfinished: Unfinished, now_us: int) -> None:
    if unfinished.catalogue:
        store.renew_catalogue(now_us)
    if unfinished.tags:
        store.renew_tags(now_us)


def _forget(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(delete(_META).where(_META.c.key == _NOTE))

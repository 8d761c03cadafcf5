"""What an import changes beside the tables it fills: versions and customers' rows, in the import's own transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from service.exchange import schema
from service.exchange.schema import File
from service.jobs.rebuild import rebuild_states
from service.progress import Progress
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import Store

_LOG = table(tables.TagQuarantines)
# What no customer's row is computed from.
_ASIDE = frozenset({schema.ELIGIBILITY.name, schema.BASKET_ORDER.name})


@dataclass(slots=True)
class Touched:
    """What an import has changed: the catalogue, the tags' definitions, the facts of customers (by their ids)."""

    catalogue: bool = False
    tags: bool = False
    customers: set[str] = field(default_factory=set)

    def note(self, file: File, *, changed: bool, customers: set[str]) -> None:
        """A file was loaded; it may be the first to name a category too."""
        self.catalogue |= changed and file in {schema.PRODUCTS, schema.EVENTS, schema.TAG_DEFINITIONS}
        self.tags |= changed and file is schema.TAG_DEFINITIONS
        if file.name not in _ASIDE:
            self.customers |= customers


def finish_import(
    store: Store, connection: Connection, touched: Touched, now_us: int, progress: Progress
) -> dict[str, int]:
    """Bring versions and the rows of the changed customers up to what the tables hold; nothing is committed here.

    How many assignments of tags that put into quarantine, by reason, and how many it `released`.
    """
    before = connection.scalar(select(func.max(_LOG.c.seq))) or 0
    if touched.catalogue:
        store.renew_catalogue(now_us, within=connection)
    if touched.tags:
        store.renew_tags(now_us, within=connection)
        touched.customers |= {customer_id for customer_id, *_ in store.unsettled(within=connection)}
    if touched.customers:
        rebuild_states(store, sorted(touched.customers), progress, within=connection)
    changes = select(_LOG.c.reason, func.count()).where(_LOG.c.seq > before).group_by(_LOG.c.reason)
    return {reason or "released": count for reason, count in connection.execute(changes)}

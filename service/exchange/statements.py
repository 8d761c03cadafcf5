"""Holdings as statements: the file is the newest full statement of every customer it names."""

# ruff: noqa: S608 - the conditions that are put together hold no values
from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from service.exchange.block import Block
from service.exchange.merge import Merger
from service.exchange.raw import Raw

_SETUP = (
    "DROP TABLE IF EXISTS stated",
    "CREATE TEMP TABLE stated AS SELECT customer_id, 1 = 0 AS partly FROM statements LIMIT 0",
    "CREATE UNIQUE INDEX stated_customer ON stated (customer_id)",
)
_NAME = (
    "INSERT INTO stated VALUES (?, ?) ON CONFLICT (customer_id) DO UPDATE SET partly = stated.partly OR excluded.partly"
)
_WHOLE = "SELECT customer_id FROM stated WHERE NOT partly"
_NEWER = "SELECT customer_id FROM statements WHERE as_of_us > ?"
_RESTATED = (
    "SELECT s.customer_id FROM stated s LEFT JOIN statements t ON t.customer_id = s.customer_id "
    "WHERE NOT s.partly AND (t.as_of_us IS NULL OR t.as_of_us <> ?)"
)
_END = "UPDATE holdings AS t SET closed_us = CASE WHEN opened_us > ? THEN opened_us ELSE ? END"
_STATE = (
    "INSERT INTO statements (customer_id, as_of_us) SELECT customer_id, CAST(? AS bigint) FROM stated WHERE NOT partly "
    "ON CONFLICT (customer_id) DO UPDATE SET as_of_us = excluded.as_of_us"
)


class Statements:
    """Collects whom a file of holdings names, and ends the spells that their new statements no longer name."""

    def __init__(self, connection: Raw, as_of_us: int) -> None:
        self._connection, self._as_of_us = connection, as_of_us
        self._anybody = False
        for statement in _SETUP:
            connection.execute(statement)
        self._newer = {row[0] for row in connection.execute(_NEWER, (as_of_us,))}

    def superseded(self, block: Block) -> list[bool]:
        """Whose newer statement is stored, so that an older one says nothing new; the others are named."""
        held = [customer_id in self._newer for (customer_id,) in block.rows(("customer_id",))]
        self._name({str(customer_id) for (customer_id,) in block.without(held).rows(("customer_id",))})
        return held

    def name_rejected(self, customer_ids: pa.StringArray) -> None:
        """Rows of these customers were rejected, so their statements are not full; unknown: nobody's may be."""
        self._anybody |= customer_ids.null_count > 0
        self._name(pc.unique(customer_ids.drop_null()).to_pylist(), partly=True)

    def _name(self, customer_ids: Iterable[str], *, partly: bool = False) -> None:
        self._connection.executemany(_NAME, ((customer_id, partly) for customer_id in customer_ids))

    def close(self, merger: Merger) -> tuple[set[str], int]:
        """End what is no longer named and set the statements' time; whom that changes, and how many spells ended."""
        if self._anybody:
            return set(), 0
        execute = self._connection.execute
        condition, given = merger.unseen()
        gone = f"closed_us IS NULL AND customer_id IN ({_WHOLE}) AND {condition}"
        changed = {row[0] for row in execute(_RESTATED, (self._as_of_us,))}
        changed |= {row[0] for row in execute(f"SELECT customer_id FROM holdings t WHERE {gone}", given)}
        ended = execute(f"{_END} WHERE {gone}", (self._as_of_us, self._as_of_us, *given))
        execute(_STATE, (self._as_of_us,))
        return changed, ended.rowcount

"""Tags that customers have deleted: they are not assigned again while the deletion runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from service.calendar import DAY_US
from service.exchange.merge import Row
from service.exchange.targets import TARGETS

_DELETED = "SELECT customer_id, tag_no, max(removed_us) FROM tags WHERE removed_by = 'customer' GROUP BY 1, 2"
_COLUMNS = TARGETS["tags"].columns
_CUSTOMER, _TAG, _ASSIGNED, _REMOVED, _BY = (
    _COLUMNS.index(name) for name in ("customer_id", "tag_no", "assigned_us", "removed_us", "removed_by")
)


class Tombstones:
    """The deletions that are stored, and those that a file brings along."""

    def __init__(self, connection: sqlite3.Connection, days: int) -> None:
        self._runs = days * DAY_US
        self._until = {(customer, tag): removed + self._runs for customer, tag, removed in connection.execute(_DELETED)}

    def held_back(self, rows: Sequence[Row]) -> list[bool]:
        """Which assignments fall under a running deletion; rows of the table `tags`."""
        return [self._holds_back(row) for row in rows]

    def _holds_back(self, row: Row) -> bool:
        key, removed = (str(row[_CUSTOMER]), row[_TAG]), row[_REMOVED]
        if isinstance(removed, int):
            if row[_BY] == "customer":
                self._until[key] = max(removed + self._runs, self._until.get(key, 0))
            return False
        until, assigned = self._until.get(key), row[_ASSIGNED]
        return until is not None and isinstance(assigned, int) and assigned < until

"""Tags that customers have deleted: they are not assigned again while the deletion runs."""

from __future__ import annotations

from service.calendar import DAY_US
from service.exchange.block import Block, Row
from service.exchange.raw import Raw

_DELETED = "SELECT customer_id, tag_no, max(removed_us) FROM tags WHERE removed_by = 'customer' GROUP BY 1, 2"
_READ = ("customer_id", "tag_no", "assigned_us", "removed_us", "removed_by")


class Tombstones:
    """The deletions that are stored, and those that a file brings along."""

    def __init__(self, connection: Raw, days: int) -> None:
        self._runs = days * DAY_US
        self._until: dict[tuple[object, object], int] = {
            (customer, tag): removed + self._runs for customer, tag, removed in connection.execute(_DELETED)
        }

    def held_back(self, block: Block) -> list[bool]:
        """Which assignments fall under a running deletion; rows of the table `tags`."""
        return [self._holds_back(row) for row in block.rows(_READ)]

    def _holds_back(self, row: Row) -> bool:
        customer_id, tag_no, assigned, removed, removed_by = row
        key = (customer_id, tag_no)
        if isinstance(removed, int):
            if removed_by == "customer":
                self._until[key] = max(removed + self._runs, self._until.get(key, 0))
            return False
        until = self._until.get(key)
        return until is not None and isinstance(assigned, int) and assigned < until

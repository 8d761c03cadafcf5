"""Copies of customers' rows, for the time in which the store does not answer."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from service.stores.protocols import CustomerRow
from service.telemetry import Telemetry

FORGET_S = 60.0  # longer than any read may take
_ROW_BYTES = 400  # of an entry beside its parts: key, tuples, numbers


class Copy(NamedTuple):
    """A row as it was read `age_s` seconds ago."""

    row: CustomerRow
    age_s: float


class _Entry:
    __slots__ = ("read_s", "read_us", "row", "size")

    def __init__(self, row: CustomerRow, size: int) -> None:
        self.row, self.size = row, size
        self.read_s, self.read_us = 0.0, 0


class RowCache:
    """The rows read last, bytes only, the longest unread one leaving first. For the thread of the event loop.

    A copy never outlives a write of this process: whoever writes drops it, and a read that began before the write does
    not bring the old row back. It answers within `limit_s` seconds by the monotonic clock and by the service's.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        now_us: Callable[[], int],
        *,
        rows_max: int,
        bytes_max: int,
        limit_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._telemetry, self._now_us, self.monotonic = telemetry, now_us, monotonic
        self._rows_max, self._bytes_max, self._limit_s = rows_max, bytes_max, limit_s
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._written: OrderedDict[str, float] = OrderedDict()
        self._bytes = 0
        telemetry.cached_rows.set_function(lambda: len(self._entries))
        telemetry.cached_bytes.set_function(lambda: self._bytes)

    def keep(self, customer_id: str, row: CustomerRow | None, began_s: float) -> None:
        """Take over what a read that began at `began_s` found; a customer without a row has no copy either."""
        if self._written and began_s <= self._written.get(customer_id, -1.0):
            return
        entry = self._entries.get(customer_id)
        if row is None or entry is None or entry.row.version != row.version:
            entry = self._replaced(customer_id, row)
        else:
            self._entries.move_to_end(customer_id)
        if row is not None and entry is not None:
            entry.row, entry.read_s, entry.read_us = row, began_s, self._now_us()

    def _replaced(self, customer_id: str, row: CustomerRow | None) -> _Entry | None:
        old = self._entries.pop(customer_id, None)
        if old is not None:
            self._bytes -= old.size
        if row is None or not self._rows_max:
            return None
        entry = _Entry(row, _ROW_BYTES + len(row.gate) + len(row.state or b"") + len(row.derived or b""))
        self._entries[customer_id] = entry
        self._bytes += entry.size
        while self._bytes > self._bytes_max or len(self._entries) > self._rows_max:
            self._bytes -= self._entries.popitem(last=False)[1].size
        return entry

    def drop(self, customer_ids: Iterable[str]) -> dict[str, bool]:
        """Forget rows that a write changes or may have changed.

        Who of them could still have had an answer, each with `personal` as the store was asked.
        """
        now = self.monotonic()
        while self._written and next(iter(self._written.values())) < now - FORGET_S:
            self._written.popitem(last=False)
        dropped = {}
        for customer_id in customer_ids:
            self._written.pop(customer_id, None)
            self._written[customer_id] = now
            entry = self._entries.pop(customer_id, None)
            if entry is not None:
                self._bytes -= entry.size
                if now - entry.read_s <= self._limit_s:
                    dropped[customer_id] = not _is_impersonal(entry.row)
        return dropped

    def copy(self, customer_id: str, *, personal: bool) -> Copy | None:
        """The copy that may answer now, None where there is none of that kind or it is too old by either clock."""
        entry = self._entries.get(customer_id)
        if entry is None or (personal and _is_impersonal(entry.row)):
            self._telemetry.copies.labels("none").inc()
            return None
        age_s = max(self.monotonic() - entry.read_s, abs(self._now_us() - entry.read_us) / 1e6)
        if age_s > self._limit_s:
            self._telemetry.copies.labels("too_old").inc()
            return None
        self._telemetry.copies.labels("answered").inc()
        return Copy(entry.row if personal else entry.row._replace(state=None, derived=None), age_s)


def _is_impersonal(row: CustomerRow) -> bool:
    """Whether the profile was left unread though the customer has one: read for somebody held out."""
    return row.personal and row.state is None

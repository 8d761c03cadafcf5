"""A simulated folder, read back for the tests."""

from __future__ import annotations

import datetime as dt
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

UNTIL = dt.date(2026, 3, 1)
Row = dict[str, Any]
# Empty or opaque: reading them back would only take time.
UNREAD = {"task_id", "tracking", "device", "ip_block", "invited_by"}


class Folder:
    """The files of a simulated bank as lists of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, list[Row]] = {}

    def rows(self, name: str) -> list[Row]:
        """The rows of a file, read once."""
        if name not in self._read:
            columns = [column for column in self.columns(name) if column not in UNREAD]
            self._read[name] = pq.read_table(self.path / f"{name}.parquet", columns=columns).to_pylist()
        return self._read[name]

    def columns(self, name: str) -> list[str]:
        """The names of a file's columns."""
        names: list[str] = pq.read_schema(self.path / f"{name}.parquet").names
        return names

    @cached_property
    def as_of(self) -> dt.datetime:
        """The time of the manifest."""
        content = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        return dt.datetime.fromisoformat(content["as_of"])

    @cached_property
    def product(self) -> dict[str, Row]:
        """The products by id."""
        return {row["product_id"]: row for row in self.rows("products")}

    @cached_property
    def customer(self) -> dict[str, Row]:
        """The customers by id."""
        return {row["customer_id"]: row for row in self.rows("customers")}

    def events(self, *kinds: str) -> list[Row]:
        """The events of some kinds."""
        return [row for row in self.rows("events") if row["kind"] in kinds]

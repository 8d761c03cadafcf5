"""A table of PostgreSQL while a file is merged into it: batches come by COPY, and `xmin` tells who wrote a row."""

# ruff: noqa: S608 - the names in the statements come from the format, never from a file
from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import cast

from service.exchange.block import Block, Row
from service.exchange.raw import PostgresRaw
from service.exchange.standing import Since, Standing
from service.exchange.targets import Target

_OURS = "t.xmin = pg_current_xact_id()::xid"
_TABLES = ("merge_rows", "merge_changes", "merge_seen")


class PostgresTable:
    """Implements StoredTable; the id of a row is its key. An import is the only writer of its transaction."""

    def __init__(self, raw: PostgresRaw, target: Target, computed: Mapping[str, str]) -> None:
        self._raw, self._target, self._computed = raw, target, computed
        self._fresh: set[Row] = set()
        keys, columns = ", ".join(target.key), ", ".join(target.columns)
        self._named = f"EXISTS (SELECT FROM merge_seen s WHERE {self._on_key('s', 't')})"
        for table in _TABLES:
            raw.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        for table, wanted in zip(_TABLES, (f"0 AS place, {columns}", columns, keys), strict=True):
            raw.execute(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS SELECT {wanted} FROM {target.table} WITH NO DATA")
        raw.execute(f"CREATE UNIQUE INDEX ON merge_seen ({keys})")

    def insert(self, block: Block) -> bool:
        names = block.present(self._target.columns)
        self._raw.execute("TRUNCATE merge_rows")
        self._raw.copy("merge_rows", ("place", *names), ((place, *row) for place, row in enumerate(block.rows(names))))
        values = (re.sub(r":(\w+)", r"k.\1", self._computed.get(name, f":{name}")) for name in names)
        inserted = self._raw.execute(
            f"INSERT INTO {self._target.table} ({', '.join(names)}) SELECT {', '.join(values)} FROM merge_rows k "
            f"ORDER BY k.place ON CONFLICT DO NOTHING RETURNING {', '.join(self._target.key)}"
        )
        if inserted.rowcount == block.count:
            return True
        self._fresh = set(inserted.fetchall())
        return False

    def standing(self, keys: Sequence[Row]) -> Iterator[Standing]:
        self._raw.execute("ANALYZE merge_rows")
        content = "".join(f", t.{name}" for name in self._target.content)
        found = self._raw.execute(
            f"SELECT {_OURS}, {self._named}{content} "
            f"FROM merge_rows k JOIN {self._target.table} t ON {self._on_key('k', 't')} ORDER BY k.place"
        )
        for key, (ours, named, *stored) in zip(keys, found.fetchall(), strict=True):
            since = Since.BATCH if key in self._fresh else Since.FILE if ours else Since.BEFORE
            yield Standing(key, since, named, tuple(stored))

    def change(self, changes: Sequence[tuple[Row, Hashable]]) -> None:
        last = {key: content for content, key in changes}
        target = self._target
        self._raw.execute("TRUNCATE merge_changes")
        rows = ((*cast("Row", key), *content) for key, content in last.items())
        self._raw.copy("merge_changes", target.key + target.content, rows)
        self._raw.execute("ANALYZE merge_changes")
        values = ", ".join(f"{name} = m.{name}" for name in target.content)
        self._raw.execute(f"UPDATE {target.table} t SET {values} FROM merge_changes m WHERE {self._on_key('m', 't')}")

    def name(self, ids: Collection[Hashable]) -> None:
        self._raw.copy("merge_seen", self._target.key, cast("Collection[Row]", ids))

    def unseen(self) -> tuple[str, tuple[object, ...]]:
        return f"NOT {_OURS} AND NOT {self._named}", ()

    def _on_key(self, one: str, other: str) -> str:
        return " AND ".join(f"{one}.{name} = {other}.{name}" for name in self._target.key)

"""A table of SQLite while a file is merged into it: SQLite gives a new row a larger rowid than any other."""

# ruff: noqa: S608 - the names in the statements come from the format, never from a file
from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

from service.exchange.block import Block, Row
from service.exchange.standing import Since, Standing
from service.exchange.targets import Target


class SqliteTable:
    """Implements StoredTable; the id of a row is its rowid."""

    def __init__(self, connection: sqlite3.Connection, target: Target, computed: Mapping[str, str]) -> None:
        self._connection, self._target = connection, target
        self._statements = _Statements(target, computed)
        self._start = self._last = self._last_rowid()
        for statement in self._statements.prepare:
            connection.execute(statement)

    def insert(self, block: Block) -> bool:
        before, self._last = self._connection.total_changes, self._last_rowid()
        names = block.present(self._target.columns)
        self._connection.executemany(self._statements.insert(names), block.rows(names))
        return self._connection.total_changes - before == block.count

    def standing(self, keys: Sequence[Row]) -> Iterator[Standing]:
        self._connection.execute("DELETE FROM temp.merge_keys")
        placed = ((place, *key) for place, key in enumerate(keys))
        self._connection.executemany(self._statements.keep_key, placed)
        for rowid, named, *content in self._connection.execute(self._statements.stored).fetchall():
            yield Standing(rowid, self._since(rowid), bool(named), tuple(content))

    def change(self, changes: Sequence[tuple[Row, Hashable]]) -> None:
        self._connection.executemany(self._statements.update, [(*content, rowid) for content, rowid in changes])

    def name(self, ids: Collection[Hashable]) -> None:
        self._connection.executemany("INSERT INTO temp.merge_seen VALUES (?)", ((rowid,) for rowid in ids))

    def unseen(self) -> tuple[str, tuple[object, ...]]:
        return "rowid <= ? AND rowid NOT IN (SELECT id FROM temp.merge_seen)", (self._start,)

    def _since(self, rowid: int) -> Since:
        if rowid > self._last:
            return Since.BATCH
        return Since.FILE if rowid > self._start else Since.BEFORE

    def _last_rowid(self) -> int:
        last: int = self._connection.execute(self._statements.last).fetchone()[0]
        return last


class _Statements:
    """The SQL of one target."""

    def __init__(self, target: Target, computed: Mapping[str, str]) -> None:
        table = self._table = target.table
        self._computed = computed
        keys = [f"k{place}" for place in range(len(target.key))]
        on_key = " AND ".join(f"t.{name} = k.{key}" for name, key in zip(target.key, keys, strict=True))
        self.prepare = (
            "DROP TABLE IF EXISTS temp.merge_keys",
            f"CREATE TEMP TABLE merge_keys (place INTEGER PRIMARY KEY, {', '.join(keys)})",
            "DROP TABLE IF EXISTS temp.merge_seen",
            "CREATE TEMP TABLE merge_seen (id INTEGER PRIMARY KEY)",
        )
        self.last = f"SELECT coalesce(max(rowid), -1) FROM {table}"
        self.update = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in target.content)} WHERE rowid = ?"
        self.keep_key = f"INSERT INTO temp.merge_keys VALUES (?{', ?' * len(keys)})"
        content = "".join(f", t.{name}" for name in target.content)
        self.stored = (
            f"SELECT t.rowid, t.rowid IN (SELECT id FROM temp.merge_seen){content} "
            f"FROM temp.merge_keys k CROSS JOIN {table} t ON {on_key} ORDER BY k.place"
        )

    def insert(self, names: Sequence[str]) -> str:
        """The insertion of rows that have these columns, in this order."""
        numbers = {name: f"?{number}" for number, name in enumerate(names, 1)}
        values = [
            re.sub(r":(\w+)", lambda found: numbers[found[1]], self._computed.get(name, f":{name}")) for name in names
        ]
        return f"INSERT INTO {self._table} ({', '.join(names)}) VALUES ({', '.join(values)}) ON CONFLICT DO NOTHING"

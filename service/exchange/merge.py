"""Rows into a table, each key once: what is new is inserted, what is there is compared."""

# ruff: noqa: S608 - the names in the statements come from the format, never from a file
from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from enum import IntEnum

from service.exchange.block import Block, Row
from service.exchange.targets import Target


class Outcome(IntEnum):
    """What became of a row."""

    INSERTED = 0
    REPLACED = 1
    UNCHANGED = 2
    DUPLICATE = 3
    TWICE = 4  # the key stands in the file before with other content
    CONFLICT = 5  # an event that is stored with other content


class Merger:
    """Merges the rows of one file into its table, inside the caller's transaction.

    Which rows were there before the file is told by their rowid: SQLite gives a new row a larger one than any other.
    `computed` are SQL expressions for columns, over the columns of a row as `:name`.
    """

    def __init__(
        self, connection: sqlite3.Connection, target: Target, computed: Mapping[str, str] | None = None
    ) -> None:
        self._connection, self._target = connection, target
        self._statements = _Statements(target, computed or {})
        self._start = self._last_rowid()
        self._width = len(target.key)
        for statement in self._statements.prepare:
            connection.execute(statement)

    def merge(self, block: Block) -> list[Outcome]:
        """Store the rows; what became of each."""
        before, last = self._connection.total_changes, self._last_rowid()
        names = block.present(self._target.columns)
        self._connection.executemany(self._statements.insert(names), block.rows(names))
        if self._connection.total_changes - before == block.count:
            return [Outcome.INSERTED] * block.count
        return self._compare(list(block.rows(self._target.key + self._target.content)), last)

    def unseen(self) -> tuple[str, int]:
        """A condition, with its parameter, on rows of the table that the file did not name; for `WHERE`."""
        return "rowid <= ? AND rowid NOT IN (SELECT id FROM temp.merge_seen)", self._start

    def _last_rowid(self) -> int:
        last: int = self._connection.execute(self._statements.last).fetchone()[0]
        return last

    def _compare(self, rows: Sequence[Row], last: int) -> list[Outcome]:
        connection, statements = self._connection, self._statements
        connection.execute("DELETE FROM temp.merge_keys")
        keys = ((place, *row[: self._width]) for place, row in enumerate(rows))
        connection.executemany(statements.keep_key, keys)
        now: dict[int, Row] = {}
        seen: set[int] = set()
        outcomes: list[Outcome] = []
        changes: list[Row] = []
        for row, (rowid, named, *stored) in zip(rows, connection.execute(statements.stored).fetchall(), strict=True):
            content = row[self._width :]
            if rowid > last and rowid not in now:
                outcome = Outcome.INSERTED
            else:
                earlier = rowid > self._start or named or rowid in seen
                outcome = self._judge(content, now.get(rowid, tuple(stored)), earlier=earlier)
            outcomes.append(outcome)
            if outcome is Outcome.REPLACED or (outcome is Outcome.TWICE and self._refuses(content)):
                changes.append((*content, rowid))
                now[rowid] = content
            now.setdefault(rowid, tuple(stored))
            if rowid <= self._start:
                seen.add(rowid)
        if changes:
            connection.executemany(statements.update, changes)
        connection.executemany(statements.keep_seen, ((rowid,) for rowid in seen))
        return outcomes

    def _judge(self, content: Row, stored: Row, *, earlier: bool) -> Outcome:
        """The fate of a row whose key is stored, `earlier` by this very file."""
        if content == stored:
            return Outcome.DUPLICATE if earlier or self._target.immutable else Outcome.UNCHANGED
        if earlier:
            return Outcome.TWICE
        if self._target.immutable:
            return Outcome.CONFLICT
        # Of two answers of the same time the refusal holds.
        return Outcome.UNCHANGED if self._refuses(stored) and not self._refuses(content) else Outcome.REPLACED

    def _refuses(self, content: Row) -> bool:
        return self._target.table == "consents" and not content[self._target.content.index("granted")]


class _Statements:
    """The SQL of one target; names come from the format, never from a file."""

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
        self.keep_seen = "INSERT OR IGNORE INTO temp.merge_seen VALUES (?)"
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

"""Rows into a table, each key once: what is new is inserted, what is there is compared."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from enum import IntEnum

from service.exchange.block import Block, Row
from service.exchange.merge_postgres import PostgresTable
from service.exchange.merge_sqlite import SqliteTable
from service.exchange.raw import PostgresRaw, Raw
from service.exchange.standing import Since, Standing, StoredTable
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

    `computed` are SQL expressions for columns, over the columns of a row as `:name`.
    """

    def __init__(self, raw: Raw, target: Target, computed: Mapping[str, str] | None = None) -> None:
        self._target = target
        engine = PostgresTable if isinstance(raw, PostgresRaw) else SqliteTable
        self._table: StoredTable = engine(raw, target, computed or {})  # type: ignore[arg-type]
        self._width = len(target.key)

    def merge(self, block: Block) -> list[Outcome]:
        """Store the rows; what became of each."""
        if self._table.insert(block):
            return [Outcome.INSERTED] * block.count
        return self._compare(list(block.rows(self._target.key + self._target.content)))

    def unseen(self) -> tuple[str, tuple[object, ...]]:
        """A condition, with its parameters, on rows of the table that the file did not name; for `WHERE`."""
        return self._table.unseen()

    def _compare(self, rows: Sequence[Row]) -> list[Outcome]:
        now: dict[Hashable, Row] = {}
        seen: set[Hashable] = set()
        outcomes: list[Outcome] = []
        changes: list[tuple[Row, Hashable]] = []
        found = self._table.standing([row[: self._width] for row in rows])
        for row, standing in zip(rows, found, strict=True):
            content = row[self._width :]
            outcome = self._outcome(content, standing, now, seen)
            outcomes.append(outcome)
            if outcome is Outcome.REPLACED or (outcome is Outcome.TWICE and self._refuses(content)):
                changes.append((content, standing.id))
                now[standing.id] = content
            now.setdefault(standing.id, standing.content)
            if standing.since is Since.BEFORE and not standing.named:
                seen.add(standing.id)
        if changes:
            self._table.change(changes)
        if seen:
            self._table.name(seen)
        return outcomes

    def _outcome(self, content: Row, standing: Standing, now: Mapping[Hashable, Row], seen: set[Hashable]) -> Outcome:
        if standing.since is Since.BATCH and standing.id not in now:
            return Outcome.INSERTED
        earlier = standing.since is not Since.BEFORE or standing.named or standing.id in seen
        return self._judge(content, now.get(standing.id, standing.content), earlier=earlier)

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

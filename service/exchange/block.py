"""Rows as columns of Python values, on their way into a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, repeat

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`count` rows; a column without any value is None: it need not be written."""

    columns: Mapping[str, Sequence[object] | None]
    count: int

    def present(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the columns that have values."""
        return tuple(name for name in names if self.columns[name] is not None)

    def rows(self, names: Sequence[str]) -> Iterator[Row]:
        """The rows, with these columns."""
        columns = (self.columns[name] for name in names)
        return zip(*(repeat(None, self.count) if column is None else column for column in columns), strict=True)

    def without(self, held: Sequence[bool]) -> Block:
        """The rows that are not held back."""
        if not any(held):
            return self
        kept = [not is_held for is_held in held]
        columns = {
            name: None if column is None else list(compress(column, kept)) for name, column in self.columns.items()
        }
        return Block(columns, sum(kept))

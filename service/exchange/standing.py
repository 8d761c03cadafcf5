"""What a merge asks of a table: since when a key stands in it, and with what."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

from service.exchange.block import Block, Row


class Since(IntEnum):
    """Since when a row is in the table."""

    BEFORE = 0  # the file was begun
    FILE = 1  # an earlier batch of the file
    BATCH = 2


class Standing(NamedTuple):
    """A stored row; `id` tells it from others while a batch is merged; `named`: an earlier batch had its key too."""

    id: Hashable
    since: Since
    named: bool
    content: Row


class StoredTable(Protocol):
    """The table of one file, while that is merged."""

    def insert(self, block: Block) -> bool:
        """Insert the rows whose keys are not there; whether that was all of them."""

    def standing(self, keys: Sequence[Row]) -> Iterator[Standing]:
        """What is stored under the keys of the batch inserted last, in their order."""

    def change(self, changes: Sequence[tuple[Row, Hashable]]) -> None:
        """Give rows other content, in this order."""

    def name(self, ids: Collection[Hashable]) -> None:
        """Note that the file names these rows."""

    def unseen(self) -> tuple[str, tuple[object, ...]]:
        """A condition on rows that stood before the file and were not named; with its parameters."""

"""How commands speak: tables or JSON on stdout, nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import orjson
from rich import box
from rich.console import Console
from rich.table import Table


def say(line: str) -> None:
    """One plain line on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say_json(content: object) -> None:
    """A value as indented JSON."""
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; wide enough for Chinese text also where there is no terminal. ValueError: a row has not all columns."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{title}: {len(row)} values for {len(columns)} columns")
        table.add_row(*("" if value is None else str(value) for value in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)

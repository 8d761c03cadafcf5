"""The command `huojia experiment aa`."""

from __future__ import annotations

from typing import Annotated

import typer

from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.progress import progress_bar
from service.study.experiments_aa import Row, experiments_aa


def aa(
    *,
    runs: Annotated[int, typer.Option(min=1, help="Simulated experiments of each kind.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same experiments.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Simulate experiments whose arms do not differ: how often each statistic cries wolf; exit 1 over a limit."""
    with progress_bar() as progress:
        rows = experiments_aa(runs, seed, progress)
    missed = [row for row in rows if row.ours and not row.is_met]
    if as_json:
        say_json({"runs": runs, "seed": seed, "rows": [row.document() for row in rows], "met": not missed})
    else:
        _show(rows, runs, seed)
    if missed:
        raise Refused(f"experiment aa: {'; '.join(f'{row.of}, {row.method}: {row.rate:.4f}' for row in missed)}")


def _show(rows: list[Row], runs: int, seed: int) -> None:
    columns = ("simulated", "method", "looks", "found", "limit", "")
    say_table(
        f"{runs:,} experiments of each kind, seed {seed}: the share in which a difference is found",
        columns,
        [(row.of, row.method, row.looks, f"{row.rate:.4f}", _limit(row), _word(row)) for row in rows],
    )
    say(
        "not used: what the shelf never shows, for it finds differences that are not there; the limit is that of others"
    )


def _limit(row: Row) -> str:
    return f"{'≤' if row.bound == 'most' else '≥'} {row.limit:g}"


def _word(row: Row) -> str:
    kept = "met" if row.is_met else "MISSED"
    return kept if row.ours else f"{kept} (not used)"

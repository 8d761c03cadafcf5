"""The command `huojia flips`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from service.bench.flip_bank import flip_bank
from service.bench.flips import LIMIT_S, FlipPlan, measure
from service.commands.output import say, say_table
from service.errors import Refused
from service.private_postgres import PrivatePostgres

_PLAN = FlipPlan()


def flips(
    *,
    flips: Annotated[int, typer.Option(min=1, help="How often a policy is put in force.")] = _PLAN.flips,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second.")] = _PLAN.rate,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = _PLAN.workers,
    quiet: Annotated[float, typer.Option(min=0, help="Seconds without flips before and after.")] = _PLAN.quiet_s,
    store: Annotated[
        str, typer.Option(help="sqlite, postgresql (a server of its own), or the URL of an empty PostgreSQL database.")
    ] = "sqlite",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here too.")] = None,
) -> None:
    """Policies flipped under load: errors, answers of two generations, and when the old generation was gone.

    Exit code 1 where there was an error or such an answer, or where a flip took more than 2 s.
    """
    if json_file is not None and not json_file.parent.is_dir():
        raise Refused(f"{json_file.parent}: no such folder")
    plan = FlipPlan(flips, rate, workers, quiet)
    with _url(store) as url, tempfile.TemporaryDirectory(prefix="huojia-flips-") as folder:
        _tell("making a bank with two policies")
        report = measure(flip_bank(Path(folder), url), plan, _tell)
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    _show(report)
    if not report["passed"]:
        raise Refused(_failed(report))


def _tell(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _url(store: str) -> Iterator[str]:
    """The URL of an empty database; empty for SQLite in the bank's folder."""
    if store == "sqlite":
        yield ""
    elif store == "postgresql":
        server = PrivatePostgres()
        try:
            yield server.new_database()
        finally:
            server.close()
    elif store.startswith("postgresql://"):
        yield store
    else:
        raise Refused(f"--store {store}: sqlite, postgresql or a URL postgresql://…")


def _show(report: dict[str, Any]) -> None:
    by_worker = " and ".join(f"{count:,}" for count in report["shelves_by_worker"])
    say(f"{report['store']}: {report['flips']} flips, {report['answers']:,} answers at {report['rate']:g} a second "
        f"with {report['shelves']:,} shelves of {report['customers']} customers; shelves by worker {by_worker}; "
        f"{report['cores']} cores, load average {report['load_before']:g} before")  # fmt: skip
    say(f"errors {report['errors']}, answers of two generations or with another policy's shelf {report['mixed']}")
    for fault in report["faults"]:
        say(f"  {fault}")
    rows = {
        "answer to a flip until the last answer of the old generation ended": report["last_old_end_ms"],
        "the same until the last such request began": report["last_old_start_ms"],
        "a flip until it was answered": report["flip_ms"],
        "a shelf while policies flip": report["latency_ms"]["flipping"],
        "a shelf before and after": report["latency_ms"]["quiet"],
    }
    columns = ("p50", "p99", "max")
    table = [(name, *(f"{found[column]:.1f}" for column in columns)) for name, found in rows.items() if found]
    say_table("milliseconds", ("", *columns), table)


def _failed(report: dict[str, Any]) -> str:
    late = f"{report['late']} flips took more than {LIMIT_S:g} s"
    return f"flips: {report['errors']} errors, {report['mixed']} mixed answers, {late}"

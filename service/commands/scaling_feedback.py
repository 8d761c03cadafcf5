"""The command `huojia scale-feedback`."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from service.bench.feedback_bank import FeedbackSize
from service.bench.feedback_scale import GIB, SECONDS, measure
from service.commands.output import say, say_json, say_table
from service.errors import Refused

CUSTOMERS, EVENTS = 100_000, 1_000_000
"""The bank that the limits of seconds and memory are meant for."""


def scale_feedback(
    *,
    customers: Annotated[int, typer.Option(min=200, help="Customers of the bank that is made up.")] = CUSTOMERS,
    events: Annotated[int, typer.Option(min=2_000, help="Their events.")] = EVENTS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bank.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(help="Keep bank and database here; default: a folder that goes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Seconds and memory of crediting all purchases and measuring all tags of a large bank from nothing."""
    if folder is not None and (folder / "data").exists():
        raise Refused(f"--folder {folder}: holds a bank already")
    with ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huojia-scale-")))
        where.mkdir(parents=True, exist_ok=True)
        report = measure(where, FeedbackSize(customers, events, seed), lambda line: typer.echo(line, err=True))
    if as_json:
        say_json(report)
    else:
        show(report)


def show(report: dict[str, Any]) -> None:
    """The table of a measurement; of the bank that they are meant for also whether it keeps the limits."""
    costs = {
        "import": report["import"],
        **{f"{job} --from-scratch": cost for job, cost in report["jobs"].items()},
        "both jobs": report["both"],
    }
    events = report["rows"]["events"]
    rows = [
        (
            name,
            *(f"{cost[key]:.1f}" for key in ("wall_s", "cpu_s")),
            f"{cost['peak_gib'] * 1024:,.0f}",
            f"{events / cost['wall_s']:,.0f}",
        )
        for name, cost in costs.items()
    ]
    files = ", ".join(f"{count:,} {name}" for name, count in report["rows"].items())
    columns = ("process", "wall s", "CPU s", "peak MiB", "events/s")
    say_table(f"{files}; {report['cores']} cores", columns, rows)
    credited, measured = report["credited"], report["measured"]
    of = f"{measured['tags']} tags on {measured['customers']:,} customers"
    say(f"credited {credited['purchases']:,} purchases of {credited['customers']:,} customers")
    say(f"measured {of}; {measured['with_quality']} have a quality")
    if (report["size"]["customers"], report["size"]["events"]) != (CUSTOMERS, EVENTS):
        return
    for name, limit in (("seconds", f"{SECONDS:.0f} s"), ("memory", f"{GIB:.0f} GiB")):
        say(f"{name}: {'within' if report['within'][name] else 'over'} {limit}")

"""The command `huojia scale`."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from service.bench.large_bank import Size
from service.bench.scale import GIB, SECONDS, measure
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.evaluation.contenders import NAMES

CUSTOMERS, PRODUCTS = 200_000, 400
"""The bank that the limits of seconds and memory are meant for."""


def scale(
    *,
    customers: Annotated[int, typer.Option(min=200, help="Customers of the bank that is made up.")] = CUSTOMERS,
    products: Annotated[int, typer.Option(min=20, help="Its products.")] = PRODUCTS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bank.")] = 0,
    model: Annotated[list[str] | None, typer.Option(help="Only these rows besides huojia; may be repeated.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep bank and artifacts here; default: a folder that goes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Seconds and memory of training and evaluating a large bank from cold; the same bytes with more threads."""
    if unknown := sorted(set(model or ()) - set(NAMES)):
        raise Refused(f"--model {', '.join(unknown)}: must be among {', '.join(NAMES)}")
    with ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        where.mkdir(parents=True, exist_ok=True)
        models = ["huojia", *model] if model else []
        report = measure(where, Size(customers, products, seed), models, lambda line: typer.echo(line, err=True))
    if as_json:
        say_json(report)
    else:
        show(report)
    if not report["same_bytes"]:
        raise Refused("scale: the artifacts of processes with one thread of BLAS and with two differ")


def show(report: dict[str, Any]) -> None:
    """The tables of a measurement; of the bank that they are meant for also whether it keeps the limits."""
    one, evaluated = report["train"]["1"], report["evaluate"]
    costs = {
        "bank made": report["make"],
        "huojia evaluate, all of it": evaluated,
        **{
            f"training, process with {found['threads']} thread(s) of BLAS": found["cost"]
            for found in report["train"].values()
        },
    }
    rows = [
        (name, *(f"{cost[key]:.1f}" for key in ("wall_s", "cpu_s")), f"{cost['peak_gib']:.2f}")
        for name, cost in costs.items()
    ]
    files = ", ".join(f"{count:,} {name}" for name, count in report["rows"].items())
    say_table(f"{files}; {report['cores']} cores", ("process", "wall s", "CPU s", "peak GiB"), rows)
    parts = {"reading": "read_s", "training": "train_s", "ranking": "rank_s", "baselines and the rest": "rest_s"}
    say_table(
        f"of the evaluation: {evaluated['rankings']:,} rankings, {len(evaluated['models'])} models",
        ("part", "wall s"),
        [(name, f"{evaluated[key]:.1f}") for name, key in parts.items()],
    )
    sampled = one["sampled"] or {}
    say(f"learnt from {one['learnt_from']['events']:,} events of {one['learnt_from']['customers']:,} customers; "
        f"weights from {sampled.get('fit', 0):,} customers, tested on {_counts(sampled.get('test', {}))}; "
        f"negatives are never sampled: rows tested on {_counts(one['rows'])}")  # fmt: skip
    say(f"artifact: {one['bytes']:,} bytes, sha256 {one['sha256']}; "
        f"{'the same bytes' if report['same_bytes'] else 'OTHER BYTES'} "
        f"from the process with {report['train']['2']['threads']} threads of BLAS; training takes one")  # fmt: skip
    if (report["size"]["customers"], report["size"]["products"]) != (CUSTOMERS, PRODUCTS):
        return
    for name, limit in (("seconds", f"{SECONDS:.0f} s"), ("memory", f"{GIB:.0f} GiB")):
        say(f"{name}: {'within' if report['within'][name] else 'over'} {limit}")


def _counts(of: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in of.items()) or "none"

"""`huojia experiment ope-coverage`: do intervals of an off-policy evaluation hold the truth as often as they say?"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from service.bootstrap import runtime_of
from service.commands.output import say, say_json, say_table
from service.exchange import import_folder
from service.jobs.train import train
from service.progress import Progress, progress_bar
from service.runtime import Runtime
from service.settings import load_settings
from service.simulate import simulate
from service.study.off_policy_coverage import changed_policy, contexts_of, coverage, logging_policy

_PRODUCTS, _DAYS = 120, 365
FAR = "one drawn slot, a policy that is further off"
_UNTIL = dt.date(2026, 11, 1)


def ope_coverage(
    *,
    runs: Annotated[int, typer.Option(min=1, help="Simulated logs.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 1,
    customers: Annotated[int, typer.Option(min=10, help="Customers of the simulated bank.")] = 600,
    days: Annotated[int, typer.Option(min=1, max=30, help="Decisions of each, a day apart.")] = 6,
    eps: Annotated[float, typer.Option(min=0.01, max=1.0, help="What the log explores.")] = 0.3,
    floor: Annotated[float, typer.Option(min=0.001, max=0.1, help="The least chance of a product.")] = 0.01,
    change: Annotated[float, typer.Option(min=0.0, max=1.0, help="How far the judged policy reweighs.")] = 0.3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Decide for a simulated bank under two policies, simulate clicks, and see how often intervals hold the truth."""
    with progress_bar() as progress, _bank(customers, seed, progress) as runtime:
        told = {}
        for name, slots, strength in (("one drawn slot", 1, change), (FAR, 1, 1.0), ("no drawn slot", 0, change)):
            logging = logging_policy(runtime.worlds.last().policy, slots, eps, floor)
            contexts = contexts_of(runtime, (logging, changed_policy(logging, strength)), days, progress)
            told[name] = coverage(contexts, runs=runs, seed=seed, progress=progress).document()
    if as_json:
        say_json(told)
        return
    for name, found in told.items():
        _print(name, found, runs)


@contextmanager
def _bank(customers: int, seed: int, progress: Progress) -> Iterator[Runtime]:
    """A bank of its own in a temporary folder, imported and trained."""
    with tempfile.TemporaryDirectory() as folder:
        source, data = Path(folder) / "bank", Path(folder) / "data"
        simulate(
            source, customers=customers, products=_PRODUCTS, days=_DAYS, until=_UNTIL, seed=seed, progress=progress
        )
        now = f"{_UNTIL.isoformat()}T04:00:00+00:00"
        settings = load_settings({}, {"data_dir": str(data), "now": now, "log_level": "error"})
        with runtime_of(settings) as runtime:
            now_us = runtime.clock.now_us()
            import_folder(runtime.store, source, reports=data / "imports", now_us=now_us, keyed=runtime.keyed)
            train(runtime, runtime.calendar.day(now_us), progress)
            runtime.worlds.refresh(runtime.store.versions())
            yield runtime


def _print(name: str, found: Mapping[str, Any], runs: int) -> None:
    reasons = ", ".join(f"{code} {number}" for code, number in found["refused"].items()) or "nothing"
    say(f"{name}: {found['contexts']} drawn cards a run, {runs} runs, refused: {reasons}")
    if not found["estimators"]:
        return
    say(f"worth {found['truth']:.4f}, the log's own policy {found['logged']:.4f}; median ESS {found['ess']:.0f}")
    columns = ("estimator", "coverage", "where told", "mean width", "bias", "RMSE")
    rows = [
        (
            estimator.upper(),
            f"{row['coverage']:.3f}",
            "" if row["coverage_told"] is None else f"{row['coverage_told']:.3f}",
            *(f"{row[measure]:.4f}" for measure in ("width", "bias", "rmse")),
        )
        for estimator, row in found["estimators"].items()
    ]
    say_table(f"95 % intervals; told in {found['told']} runs", columns, rows)

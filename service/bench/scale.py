"""Training and evaluating a large bank from cold: seconds, memory, and whether the same seed gives the same bytes."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from service.bench.cost import Cost, cost_of
from service.bench.large_bank import UNTIL, Size
from service.settings import PREFIX

SECONDS, GIB = 480.0, 4.0
"""What an evaluation with its training may take on two cores."""
WINDOW_DAYS = 28
THREADS = (1, 2)


def measure(folder: Path, size: Size, models: Sequence[str], told: Callable[[str], None]) -> dict[str, Any]:
    """Make the bank, evaluate it from cold, train on it where BLAS has one thread and where it has two; the report.

    Each part is a process of its own that reads its files anew. Training takes one thread whatever the process has: the
    same bytes say so. Raises Refused where a part fails.
    """
    window = {"--from": (UNTIL - dt.timedelta(days=WINDOW_DAYS)).isoformat(), "--until": UNTIL.isoformat()}
    bank = folder / "bank"
    numbers = {f"--{name}": str(value) for name, value in size._asdict().items()}
    told(f"making a bank of {size.customers:,} customers and {size.products:,} products")
    made, made_cost = _part(folder, "make", numbers)
    told("evaluating it, training included")
    shown, cost = _evaluate(folder, bank, window, models)
    trained: dict[str, Any] = {}
    for threads in THREADS:
        told(f"training in a process with {threads} thread{'s' * (threads > 1)} of BLAS")
        out = folder / f"artifact-{threads}"
        found, own = _part(folder, "train", {**window, "--out": str(out), "--threads": str(threads)})
        trained[str(threads)] = found | {"cost": asdict(own)}
    first, *others = (_files(folder / f"artifact-{threads}") for threads in THREADS)
    return {
        "size": size._asdict(),
        "rows": made["rows"],
        "cores": os.cpu_count(),
        "make": asdict(made_cost),
        "evaluate": asdict(cost)
        | {"from": window["--from"], "until": window["--until"]}
        | _shares(shown, trained, cost),
        "train": trained,
        "same_bytes": all(other == first for other in others),
        "within": {"seconds": cost.wall_s <= SECONDS, "memory": cost.peak_gib <= GIB},
    }


def _part(folder: Path, part: str, options: Mapping[str, str]) -> tuple[dict[str, Any], Cost]:
    report = folder / f"{part}.json"
    command = [sys.executable, "-m", "service.bench.scale_part", part]
    given = {"--folder": str(folder / "bank"), "--report": str(report), **options}
    cost = cost_of([*command, *(text for option in given.items() for text in option)], {})
    found: dict[str, Any] = orjson.loads(report.read_bytes())
    return found, cost


def _evaluate(
    folder: Path, bank: Path, window: Mapping[str, str], models: Sequence[str]
) -> tuple[dict[str, Any], Cost]:
    report = folder / "evaluate.json"
    command = [sys.executable, "-m", "service.cli", "evaluate", str(bank), "--task", "all", "--no-cache"]
    command += [text for option in window.items() for text in option]
    command += [text for name in models for text in ("--model", name)]
    cost = cost_of([*command, "--json", str(report)], {PREFIX + "DATA_DIR": str(folder / "data")})
    found: dict[str, Any] = orjson.loads(report.read_bytes())
    return found, cost


def _shares(shown: Mapping[str, Any], trained: Mapping[str, Any], cost: Cost) -> dict[str, Any]:
    """Where the time of the evaluation went: reading (as in a training), training, ranking, and the baselines."""
    rows = {row["name"]: row for row in shown["models"]}
    own = rows["huojia"]
    parts = {
        "read_s": trained[str(THREADS[0])]["read_s"],
        "train_s": own["fit_s"],
        "rank_s": own["rank_us"] * shown["rankings"] / 1e6,
    }
    rest = max(0.0, cost.wall_s - sum(parts.values()))
    return {
        **parts,
        "rest_s": rest,
        "rankings": shown["rankings"],
        "models": {name: {"ndcg": row["ndcg"], "map": row["map"], "fit_s": row["fit_s"]} for name, row in rows.items()},
    }


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

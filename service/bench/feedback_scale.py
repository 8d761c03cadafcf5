"""Crediting all purchases and measuring all tags of a large bank from nothing: seconds and memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from service.bench.cost import Cost, cost_of
from service.bench.feedback_bank import FeedbackSize, write_feedback_bank
from service.bench.large_bank import UNTIL
from service.settings import PREFIX

SECONDS, GIB = 180.0, 2.0
"""What both jobs together may take on two cores, and the memory that each may hold."""
JOBS = ("attribute", "measure-tags")


def measure(folder: Path, size: FeedbackSize, told: Callable[[str], None]) -> dict[str, Any]:
    """Make the bank, import it, credit its purchases and measure its tags, each in a process of its own; the report.

    The store is SQLite in the folder, whatever the settings say; the bank's last midnight is the time. Both jobs begin
    from scratch, and measuring credits all purchases once more: the sum holds the crediting twice. Raises Refused where
    a process fails.
    """
    told(f"making a bank of {size.customers:,} customers and {size.events:,} events")
    rows = write_feedback_bank(folder / "bank", size)
    told("importing it")
    imported, _ = _command(folder, "import", str(folder / "bank"))
    jobs: dict[str, tuple[Cost, dict[str, Any]]] = {}
    for job in JOBS:
        told(f"huojia {job} --from-scratch")
        jobs[job] = _command(folder, job, "--from-scratch", "--json")
    costs = [cost for cost, _ in jobs.values()]
    wall_s, cpu_s = sum(cost.wall_s for cost in costs), sum(cost.cpu_s for cost in costs)
    peak_gib = max(cost.peak_gib for cost in costs)
    return {
        "size": size._asdict(),
        "rows": rows,
        "cores": os.cpu_count(),
        "import": asdict(imported),
        "jobs": {job: asdict(cost) for job, (cost, _) in jobs.items()},
        "both": {"wall_s": wall_s, "cpu_s": cpu_s, "peak_gib": peak_gib, "events_per_s": rows["events"] / wall_s},
        "credited": jobs["attribute"][1],
        "measured": _measured(jobs["measure-tags"][1]),
        "within": {"seconds": wall_s <= SECONDS, "memory": peak_gib <= GIB},
    }


def _command(folder: Path, *arguments: str) -> tuple[Cost, dict[str, Any]]:
    """What a command took, and what it printed as JSON, if anything."""
    report = folder / f"{arguments[0]}.json"
    cost = cost_of([sys.executable, "-m", "service.cli", *arguments], _environment(folder), report)
    printed = report.read_bytes()
    return cost, orjson.loads(printed) if "--json" in arguments else {}


def _environment(folder: Path) -> Mapping[str, str]:
    given = {"MODE": "development", "DATA_DIR": str(folder / "data"), "DATABASE_URL": "", "LOG_LEVEL": "error"}
    return {PREFIX + name: value for name, value in {**given, "NOW": f"{UNTIL.isoformat()}T00:00:00Z"}.items()}


def _measured(printed: Mapping[str, Any]) -> dict[str, int]:
    """Customers, tags that were measured, and those of them with a quality."""
    whole = [row for row in printed["rows"] if row["stage"] == "all"]
    of_quality = sum(row["quality"] is not None for row in whole)
    return {"customers": printed["customers"], "tags": len(whole), "with_quality": of_quality}

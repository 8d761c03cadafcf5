"""The command `huojia bench`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson

from service.auth import new_key
from service.bench.report import Plan, measure
from service.bootstrap import runtime_of
from service.commands.customers import sample
from service.commands.output import say, say_table
from service.errors import Refused
from service.settings import PREFIX, Settings

CUSTOMERS = 5_000


def bench(settings: Settings, json_file: Path | None) -> None:
    """Measure the shelf beside a static answer of the same bytes and print what each stage cost."""
    if json_file is not None and not json_file.parent.is_dir():
        raise Refused(f"{json_file.parent}: no such folder")
    with runtime_of(settings) as runtime:
        ids = sample(runtime, CUSTOMERS)
        products = len(runtime.worlds.last().catalogue)
        key = new_key(runtime.store, ["shelf:read"], runtime.clock.now_us(), "bench")
    if not ids:
        raise Refused(f"bench: {settings.folder} holds no customer with a personal shelf; run `huojia demo --no-serve`")
    environment = {**os.environ, PREFIX + "DATA_DIR": settings.data_dir, PREFIX + "LOG_LEVEL": "warning"}
    environment[PREFIX + "JOBS_AT"] = ""  # what a job costs is not what a shelf costs
    report = measure(ids, key, environment, Plan()) | {"products": products}
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    _show(report)


def _show(report: dict[str, Any]) -> None:
    low, high = report["ratio_range"]
    cores = "one core each" if report["pinned"] else "the same core: no ratio to quote"
    say(f"shelf / static requests per second: {report['ratio']:.3f} (windows {low:.3f} to {high:.3f}); "
        f"{report['products']} products, {report['customers']} customers, {report['body_bytes']} bytes an answer, "
        f"server and load on {cores}")  # fmt: skip
    names = ("rps", "cpu_us", "core_busy", "p50_us", "p95_us", "p99_us")
    rows = [(kind, *(f"{report[kind][name]:.2f}" for name in names)) for kind in ("shelf", "static")]
    say_table("medians of the windows", ("endpoint", *names), rows)
    inside = sum(report["stage_us"].values())
    outside = report["shelf"]["cpu_us"] - inside
    stages = [(name, f"{us:.1f}") for name, us in report["stage_us"].items()]
    stages.append(("outside the stages (HTTP, routing, key, decision log)", f"{outside:.1f}"))
    say_table("server µs a request by stage.component", ("component", "µs"), stages)

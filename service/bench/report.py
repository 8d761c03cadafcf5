"""Runs the windows side by side and adds up what the server's core spent, by stage."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from service.child_server import free_port, wait_for
from service.errors import Refused

_SERVER_CORE, _LOAD_CORE = 0, 1
_START_S = 60.0
_TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")
_STAGE = re.compile(r'huojia_stage_seconds_(sum|count){component="([^"]*)",outcome="[^"]*",stage="([^"]*)"} (\S+)')


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard: windows of each server, seconds a window, connections."""

    windows: int = 5
    seconds: float = 4.0
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int


def measure(ids: list[str], key: str, environment: dict[str, str], plan: Plan) -> dict[str, Any]:
    """The whole report: ratio of shelf to static, CPU-µs a request, by stage."""
    pinned = (os.cpu_count() or 1) > 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _shelf_server(environment, pinned=pinned) as shelf:
            shelves, body = _shelf_requests(shelf.port, ids, key)
            (folder / "shelf.json").write_bytes(orjson.dumps(shelves))
            (folder / "static.json").write_bytes(orjson.dumps([_request("/static", "")]))
            (folder / "body").write_bytes(body)
            with _static_server(folder / "body", pinned=pinned) as static:
                return _windows(shelf, static, folder, plan, pinned=pinned) | {
                    "body_bytes": len(body), "customers": len(ids), "pinned": pinned,
                }  # fmt: skip


def _windows(shelf: Server, static: Server, folder: Path, plan: Plan, *, pinned: bool) -> dict[str, Any]:
    for server, name in ((shelf, "shelf"), (static, "static")):  # warm up both
        _window(server, folder / f"{name}.json", Plan(seconds=2.0), pinned=pinned)
    before = _stages(shelf.port)
    rows: dict[str, list[dict[str, float]]] = {"shelf": [], "static": []}
    for _ in range(plan.windows):
        rows["shelf"].append(_window(shelf, folder / "shelf.json", plan, pinned=pinned))
        rows["static"].append(_window(static, folder / "static.json", plan, pinned=pinned))
    after = _stages(shelf.port)
    ratios = [one["rps"] / other["rps"] for one, other in zip(rows["shelf"], rows["static"], strict=True)]
    return {
        "ratio": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
        "shelf": _median(rows["shelf"]),
        "static": _median(rows["static"]),
        "stage_us": _per_request(before, after),
        "windows": rows,
    }


def _window(server: Server, requests: Path, plan: Plan, *, pinned: bool) -> dict[str, float]:
    cpu, started = _cpu_us(server.pid), time.perf_counter()
    command = [sys.executable, "-m", "service.bench.load", "--port", str(server.port), "--seconds", str(plan.seconds),
               "--connections", str(plan.connections), "--requests", str(requests)]  # fmt: skip
    limit = plan.seconds + 30
    done = subprocess.run(  # noqa: S603 - our own
        _on(_LOAD_CORE, command, pinned=pinned), capture_output=True, check=True, timeout=limit
    )
    spent, seconds = _cpu_us(server.pid) - cpu, time.perf_counter() - started
    tally = orjson.loads(done.stdout)
    if tally["errors"] or not tally["requests"]:
        raise Refused(f"bench: {tally['errors']} errors in {tally['requests']} requests")
    return {
        "rps": tally["requests"] / plan.seconds,
        "cpu_us": spent / tally["requests"],
        "core_busy": spent / 1e6 / seconds,
        **{name: tally[name] for name in ("p50_us", "p95_us", "p99_us")},
    }


def _median(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _per_request(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    served = after["#"] - before["#"]
    spent = {name: (after[name] - before.get(name, 0.0)) / served * 1e6 for name in after if name != "#"}
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def _stages(port: int) -> dict[str, float]:
    """Seconds by stage and component, and under "#" the number of shelves, from /metrics."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    totals: dict[str, float] = {"#": 0.0}
    for kind, component, stage, value in _STAGE.findall(text):
        if kind == "sum":
            totals[f"{stage}.{component}"] = float(value)
        elif (stage, component) == ("render", "json"):
            totals["#"] = float(value)
    return totals


def _shelf_requests(port: int, ids: list[str], key: str) -> tuple[list[str], bytes]:
    """Raw requests of every customer, and the answer of median size."""
    paths = [f"/v1/customers/{customer_id}/shelf" for customer_id in ids]
    bodies = []
    for path in paths[:200]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"X-API-Key": key})
        bodies.append(urllib.request.urlopen(request, timeout=5).read())  # noqa: S310 - loopback
    bodies.sort(key=len)
    return [_request(path, f"X-API-Key: {key}\r\n") for path in paths], bodies[len(bodies) // 2]


def _request(path: str, headers: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n"


@contextmanager
def _shelf_server(environment: dict[str, str], *, pinned: bool) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
    with _running(_on(_SERVER_CORE, command, pinned=pinned), port, environment) as server:
        yield server


@contextmanager
def _static_server(body: Path, *, pinned: bool) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "service.bench.static", "--port", str(port), "--body", str(body)]
    with _running(_on(_SERVER_CORE, command, pinned=pinned), port, dict(os.environ)) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        wait_for(f"http://127.0.0.1:{port}/livez", process, _START_S, refusing=True)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _on(core: int, command: list[str], *, pinned: bool) -> list[str]:
    return ["taskset", "-c", str(core), *command] if pinned else command


def _cpu_us(pid: int) -> float:
    """User and system time of a process so far; taskset replaces itself by the command, so the pid is the server's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_US

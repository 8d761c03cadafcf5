"""Reads a result: the table that is printed, the summary, and whether the run passes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_COLUMNS = ("calls", "errors", "p50 ms", "p95 ms", "p99 ms", "max ms", "goal p99")
_FAULTS_SHOWN = 20


def thresholds() -> dict[str, Any]:
    """The limits beside this file."""
    return tomllib.loads(Path(__file__).with_name("thresholds.toml").read_text("utf-8"))


def summary_of(result: Mapping[str, Any], limits: Mapping[str, Any], swaps: Mapping[str, Any] | None) -> dict[str, Any]:
    """The run in one object; `failed` names every reason, none of them is that the machine was slow."""
    calls: Mapping[str, Any] = result["calls"]
    errors = sum(result["faults"].values())
    failed = []
    if errors > limits["errors"]:
        failed.append(f"{errors} errors, {limits['errors']} allowed")
    if not sum(call["count"] for call in calls.values()):
        failed.append("not one answer")
    hung = [name for name, call in calls.items() if call["max_ms"] > limits["hang_ms"]]
    failed += [f"{name}: an answer took longer than {limits['hang_ms']} ms" for name in hung]
    if swaps is not None and swaps["seen"] < swaps["wanted"]:
        failed.append(f"{swaps['seen']} of {swaps['wanted']} swaps seen on the shelves")
    goals = {name: goal for name, goal in limits["goal_p99_ms"].items() if name in calls}
    missed = [name for name, goal in goals.items() if calls[name]["p99_ms"] > goal]
    told = {"passed": not failed, "failed": failed, "calls": calls, "errors": errors, "faults": result["faults"]}
    done = result["visits"] / result["seconds"] if result["seconds"] else 0.0
    told |= {"rate": {"asked": result["rate"], "done": round(done, 1)}, "seconds": result["seconds"]}
    told |= {"visits": result["visits"], "late": result["late"], "goals_missed": missed}
    return told | ({} if swaps is None else {"swaps": swaps})


def lines_of(summary: Mapping[str, Any], limits: Mapping[str, Any]) -> list[str]:
    """The report for a terminal."""
    calls = summary["calls"]
    width = max([len(name) for name in calls] + [10])
    lines = [f"{'':{width}}" + "".join(f"{column:>12}" for column in _COLUMNS)]
    for name, call in calls.items():
        goal = limits["goal_p99_ms"].get(name)
        told = [str(call["count"]), str(call["errors"])]
        told += [f"{call[part]:.1f}" for part in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
        told.append("" if goal is None else f"{goal}{' missed' if name in summary['goals_missed'] else ''}")
        lines.append(f"{name:{width}}" + "".join(f"{cell:>12}" for cell in told))
    rate, calls_done = summary["rate"], sum(call["count"] for call in calls.values())
    done = f"{summary['visits']} in {summary['seconds']:.0f} s, {summary['late']} began late"
    lines.append(f"{rate['asked']:g} visits a second asked, {rate['done']:g} done: {done}")
    lines.append(f"{calls_done} calls, {summary['errors']} errors")
    faults = sorted(summary["faults"].items(), key=lambda item: -item[1])
    lines += [f"  {count} x {fault}" for fault, count in faults[:_FAULTS_SHOWN]]
    if "swaps" in summary:
        lines += _swap_lines(summary["swaps"])
    lines += [f"FAIL {reason}" for reason in summary["failed"]] or ["PASS"]
    return lines


def _swap_lines(swaps: Mapping[str, Any]) -> list[str]:
    seen = f"{swaps['seen']} seen on the shelves, the slowest after {swaps['followed_s']} s"
    lines = [f"{swaps['swaps']} of {swaps['wanted']} swaps done, {swaps['failed']} failed; {seen}"]
    for name, text in (("swap", "at a swap"), ("command", "beside the command"), ("quiet", "otherwise")):
        found = swaps[name]
        lines.append(f"  shelf {text}: {found['count']} calls, p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms")
    return [*lines, f"  at a swap / otherwise: p50 {swaps['ratio_p50']}, p99 {swaps['ratio_p99']}"]

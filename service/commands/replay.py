"""`huojia replay`: a policy on logged decisions, exactly what it changes and, where it can be said, its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from service.bootstrap import runtime_of
from service.clock import parse_us
from service.commands.output import say, say_json, say_table
from service.commands.policies.naming import explained, is_label, labelled, read_file
from service.errors import Refused
from service.off_policy.policy_replay import MOST, USUAL
from service.off_policy.request import ReplayRequest, replayed
from service.off_policy.rewards import Reward
from service.off_policy.window import Window
from service.policies.candidate import stored, unsaved
from service.progress import progress_bar
from service.runtime import Runtime
from service.settings import load_settings
from shelf_rules.policy import Policy

_ROWS = 15
_TABLES = ("tiers", "moves", "categories", "products", "withheld", "withheld_by_rule", "tasks")


def replay(
    policy: Annotated[str, typer.Argument(metavar="POLICY|FILE", help="A stored version, or a policy file.")],
    *,
    without_rule: Annotated[str, typer.Option(help="Replay the policy less this rule.")] = "",
    since: Annotated[
        str, typer.Option(help="ISO 8601 time of the first decision; default: the first of the log.")
    ] = "",
    until: Annotated[str, typer.Option(help="ISO 8601 time before which decisions end; default: all.")] = "",
    sample: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many decisions of them.")] = USUAL,
    purchases: Annotated[
        bool, typer.Option("--purchases", help="Value purchases credited to a card instead of clicks on it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """What a policy would have changed on logged decisions, and its value where cards were drawn by chance."""
    window = Window(sample, _time("--since", since), _time("--until", until))
    if window.is_turned:
        raise Refused(f"--until {until!r}: comes after --since {since!r}")
    reward: Reward = "purchase" if purchases else "click"
    with runtime_of(load_settings()) as runtime, progress_bar() as progress:
        request = ReplayRequest.of(_policy(runtime, policy), without_rule, window, reward)
        told = replayed(runtime, request, progress)
    if as_json:
        say_json(told)
    else:
        _print(told)


def _policy(runtime: Runtime, text: str) -> Policy:
    if is_label(text):
        return stored(runtime.store, *labelled(runtime.store, text))
    read = read_file(Path(text))
    with explained(Path(text), read.lines):
        return unsaved(runtime.store, read.document)


def _time(option: str, text: str) -> int | None:
    at_us = parse_us(text) if text else None
    if text and at_us is None:
        raise Refused(f"{option} {text!r}: not an ISO 8601 time of the years 1970 to 2199")
    return at_us


def _print(told: Mapping[str, Any]) -> None:
    skipped = ", ".join(f"{reason} {number}" for reason, number in told["skipped"].items()) or "none"
    say(f"{told['policy']} on {told['compared']} of {told['decisions']} decisions, left out: {skipped}")
    changed = told["differences"]["changed"]
    say(f"{told['customers_changed']} of {told['customers']} customers see another shelf, {changed} shelves in all")
    _say_rows("rules that fired", told["rules"])
    for name in _TABLES:
        _say_rows(name.replace("_", " "), told["differences"][name])
    columns = ("tier", "slot", "reading", "rows", "ESS", "max w", "support", "logged", "SNIPS", "DR", "lift")
    say_table(f"value by {told['reward']}, with 95 % intervals", columns, map(_valued, told["value"]))
    for row in told["value"]:
        for reason in row["refused"]:
            say(f"{row['tier']} {row['slot'] or ''}: no number: {reason['detail']}")


def _say_rows(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        more = f", the first {_ROWS} of {len(rows)}" if len(rows) > _ROWS else ""
        say_table(title + more, list(rows[0]), [list(row.values()) for row in rows[:_ROWS]])


def _valued(row: Mapping[str, Any]) -> list[object]:
    support = [f"{row[name]:,.1f}" if name in row else None for name in ("ess", "max_weight")]
    share = f"{row['supported']:.1%}" if "supported" in row else None
    told = [_estimate(row.get(name)) for name in ("logged", "snips", "dr", "lift")]
    return [row["tier"], row["slot"], row["reading"], row["rows"], *support, share, *told]


def _estimate(found: Mapping[str, float] | None) -> str | None:
    return None if found is None else f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"

"""`huojia policy shadow`: start it, stop it, what it found, and the same found again from the decision log."""

from __future__ import annotations

from typing import Any

from service.bootstrap import runtime_of, store_of
from service.commands.output import say, say_json, say_table
from service.commands.policies.naming import act_of, labelled
from service.errors import Refused
from service.policies.shadow_recomputation import Recomputation, Recomputer
from service.policies.shadow_report import find_shadow, shadow_report
from service.policies.shadowing import start_shadow, stop_shadow
from service.progress import progress_bar
from service.settings import Settings

_SHOWN = 20
_TABLES = ("tiers", "categories", "products", "moves", "withheld", "withheld_by_rule", "tasks")


def shadow_start(settings: Settings, version: str, share: float, said: tuple[str, str]) -> None:
    """Have the running services compute a version beside the one in force; `said` is (actor, comment)."""
    act = act_of(settings, *said)
    with store_of(settings) as store:
        begun = start_shadow(store, act, *labelled(store, version), share)
    say(f"{begun.label} is shadowed on {begun.share:.2%} of the requests from now on")


def shadow_stop(settings: Settings, version: str, said: tuple[str, str]) -> None:
    """End it; its results stay."""
    act = act_of(settings, *said)
    with store_of(settings) as store:
        ended = stop_shadow(store, act, *labelled(store, version))
    say(f"{ended.label} is shadowed no more")


def shadow_show(settings: Settings, version: str, *, as_json: bool) -> None:
    """Print what the newest shadow of a version found so far."""
    with store_of(settings) as store:
        report = shadow_report(store, *labelled(store, version))
    if as_json:
        say_json(report)
        return
    until = f"until {report['stopped_at']}" if report["stopped_at"] else "still running"
    say(f"{report['policy']} on {report['share']:.2%} of the requests since {report['started_at']}, {until}")
    found = report["differences"]
    say(f"compared {report['compared']}, changed {found['changed']}, {_by(report, 'failed')}, {_by(report, 'skipped')}")
    for table in _TABLES:
        _say_rows(table, found[table])


def _by(report: dict[str, Any], outcome: str) -> str:
    causes = ", ".join(f"{cause} {number}" for cause, number in report[f"{outcome}_by"].items())
    return f"{outcome} {report[outcome]}" + (f" ({causes})" if causes else "")


def _say_rows(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        more = f", the first {_SHOWN} of {len(rows)}" if len(rows) > _SHOWN else ""
        say_table(title.replace("_", " ") + more, list(rows[0]), [list(row.values()) for row in rows[:_SHOWN]])


def shadow_recompute(settings: Settings, version: str, *, as_json: bool) -> None:
    """Make every comparison again from the decision log; raises Refused where the sums are not equal."""
    with runtime_of(settings) as runtime, progress_bar() as progress:
        runtime.decisions.settle()
        found = find_shadow(runtime.store, *labelled(runtime.store, version))
        recomputed = Recomputer(runtime.store, runtime.replayer, runtime.keyed).recompute(found, progress)
    if as_json:
        say_json(recomputed.document())
    else:
        _say_verdict(recomputed)
    if not recomputed.is_equal:
        raise Refused(f"{found.label}: the recomputation does not agree with what was found live")


def _say_verdict(found: Recomputation) -> None:
    say(f"{found.compared} decisions: {'equal' if found.is_equal else 'NOT EQUAL'}")
    for line in found.differences:
        say(f"  {line}")
    lists = (
        ("another difference", found.other),
        ("not in the log", found.not_logged),
        ("not picked", found.not_picked),
    )
    for what, ids in lists:
        if ids:
            say(f"  {what}: {len(ids)}, {', '.join(ids[:_SHOWN])}")

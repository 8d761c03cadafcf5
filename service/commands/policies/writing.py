"""Shelf policies by hand: draft, edit, submit, judge, publish, roll back, retire, plan and drop plans.

In production the command line is held to four eyes as the calls over HTTP are.
"""

from __future__ import annotations

from pathlib import Path

from service.bootstrap import runtime_of
from service.clock import parse_us
from service.commands.output import say
from service.commands.policies.naming import act_of, explained, is_label, labelled, read_file, version_of
from service.errors import Refused
from service.policies.governed import life_of, schedules_of
from service.policies.life import Draft
from service.rules import policy_record
from service.runtime import Runtime
from service.settings import Settings

Times = tuple[str, str]


def draft(settings: Settings, path: Path, name: str, base: int | None, said: tuple[str, str]) -> None:
    """Keep a file as a new draft; `said` is (actor, comment), as everywhere below."""
    read, act = read_file(path), act_of(settings, *said)
    with runtime_of(settings) as runtime, explained(path, read.lines):
        name = name or runtime.store.active_policy()[1].name
        kept = life_of(runtime).draft(act, name, Draft(read.document, base))
    say(f"{kept.label} is a draft")


def edit(settings: Settings, version: str, path: Path, base: int | None, said: tuple[str, str]) -> None:
    """Replace the content of a version by a file's."""
    read, act = read_file(path), act_of(settings, *said)
    with runtime_of(settings) as runtime, explained(path, read.lines):
        before = version_of(runtime.store, version)
        written = Draft(read.document, base)
        life_of(runtime).edit(act, before.name, before.version, before.sha256, written)
    void = "" if before.state == "draft" else f": it was {before.state}, which counts no more"
    say(f"{before.label} is a draft{void}")


def submit(settings: Settings, version: str, said: tuple[str, str]) -> None:
    """Ask for somebody else's verdict."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        found = life_of(runtime).submit(act, *labelled(runtime.store, version))
    say(f"{found.label} is in review: somebody other than {', '.join(found.authors)} approves or rejects it")


def judge(settings: Settings, version: str, verdict: str, sha256: str, said: tuple[str, str]) -> None:
    """Approve or reject; with a SHA-256 only the content that has it."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        found = life_of(runtime).judge(act, *labelled(runtime.store, version), verdict, sha256 or None)
    say(f"{found.label} is {'approved' if verdict == 'approve' else 'a draft again'}: SHA-256 {found.sha256}")


def publish(settings: Settings, what: str, times: Times, said: tuple[str, str]) -> None:
    """Put a version in force, now or between two times; in development mode also a file."""
    if is_label(what):
        _publish(settings, what, times, said)
    elif settings.production:
        raise Refused(f"{what}: publishing a file is for development mode; draft and submit it, have it approved")
    elif any(times):
        raise Refused(f"{what}: a file is published at once; draft and submit it, have it approved, then plan it")
    else:
        _enact(settings, Path(what), said)


def rollback(settings: Settings, version: str, said: tuple[str, str]) -> None:
    """Put a version in force again: a new activation, nothing is edited."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        found = version_of(runtime.store, version)
        generation = life_of(runtime).rollback(act, found.name, found.version)
    say(f"{found.label} is in force, generation {generation}")


def retire(settings: Settings, version: str, said: tuple[str, str]) -> None:
    """Let a version come into force no more."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        found = life_of(runtime).retire(act, *labelled(runtime.store, version))
    say(f"{found.label} is retired")


def cancel(settings: Settings, schedule: int, said: tuple[str, str]) -> None:
    """Drop a plan."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        schedules_of(runtime).cancel(act, schedule)
    say(f"schedule {schedule} does nothing more")


def kill(settings: Settings, said: tuple[str, str]) -> None:
    """Stop every shadow and plan."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        killed = schedules_of(runtime).kill(act)
    stopped = f"{len(killed.schedules)} schedules and {len(killed.shadows)} shadows stopped"
    if killed.experiments:
        say(f"paused: {', '.join(killed.experiments)}")
    say(f"{stopped}, generation {killed.generation}")
    for stayed in killed.stayed:
        say(f"stays in force: {stayed}")


def _publish(settings: Settings, version: str, times: Times, said: tuple[str, str]) -> None:
    act, planned = act_of(settings, *said), (_us("--at", times[0]), _us("--until", times[1]))
    with runtime_of(settings) as runtime:
        found = version_of(runtime.store, version)
        if any(times):
            generation, schedule = schedules_of(runtime).plan(act, (found.name, found.version), planned)
            say(f"{found.label} is planned, schedule {schedule}; generation {generation} is in force")
            return
        generation = life_of(runtime).publish(act, found.name, found.version)
    say(f"{found.label} is in force, generation {generation}")


def _enact(settings: Settings, path: Path, said: tuple[str, str]) -> None:
    read, act = read_file(path), act_of(settings, *said)
    with runtime_of(settings) as runtime, explained(path, read.lines):
        record = policy_record(read.document, *_next(runtime))
        generation = life_of(runtime).enact(act.actor, record, act.at_us)
    say(f"{record.label} is in force, generation {generation}; development mode: nobody else approved it")


def _next(runtime: Runtime) -> tuple[str, int]:
    name = runtime.store.active_policy()[1].name
    return name, runtime.store.policies(name)[-1].version + 1


def _us(option: str, text: str) -> int | None:
    us = parse_us(text) if text else None
    if text and us is None:
        raise Refused(f"{option}: an ISO 8601 time of the years 1970 to 2199")
    return us

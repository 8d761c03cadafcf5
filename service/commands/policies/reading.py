"""Shelf policies by hand, nothing changed: list, show, validate, diff, history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from service.bootstrap import ensure_policy, runtime_of, store_of
from service.clock import Clock
from service.commands.output import say, say_json, say_table
from service.commands.policies.naming import explained, is_label, read_file, version_of
from service.policies.governed import differing, policy_faults
from service.policies.history import history_of
from service.policies.schema import policy_schema
from service.rules import policy_record
from service.settings import Settings
from service.stores.protocols import Store
from shelf_rules.policy_load import PolicyError


def listed(settings: Settings, *, as_json: bool) -> None:
    """Every version of every name."""
    with store_of(settings) as store:
        ensure_policy(store, Clock(settings.start).now_us())
        generation, active = store.active_policy()
        stored = store.policies()
    rows = [
        {
            **{name: getattr(one, name) for name in ("name", "version", "state", "sha256", "comment")},
            "authors": list(one.authors),
            "active": one.record == active,
        }
        for one in stored
    ]
    if as_json:
        say_json({"generation": generation, "policies": rows})
        return
    table = [
        (
            *(row[name] for name in ("name", "version", "state")),
            ", ".join(row["authors"]),
            row["sha256"][:12],
            row["comment"],
            "in force" if row["active"] else "",
        )
        for row in rows
    ]
    columns = ("policy", "version", "state", "authors", "sha256", "comment", "")
    say_table(f"generation {generation}", columns, table)


def show(settings: Settings, version: str) -> None:
    """A version, or the one in force."""
    with store_of(settings) as store:
        say_json(_content(store, settings, version))


def validate(settings: Settings, path: Path) -> None:
    """Check a file; raises Refused with every fault and its line."""
    read = read_file(path)
    with runtime_of(settings) as runtime:
        faults = policy_faults(runtime, read.document)
    with explained(path, read.lines):
        if faults:
            raise PolicyError(faults)
    say(f"{path}: valid")


def schema() -> None:
    """Print the JSON Schema of policy files."""
    say_json(policy_schema())


def diff(settings: Settings, one: str, other: str) -> None:
    """Print where two versions or files differ; with one of them, from what is in force."""
    with store_of(settings) as store:
        words = (one, other) if other else ("in force", "proposed" if not is_label(one) else one)
        before, after = (_content(store, settings, text) for text in ((one, other) if other else ("", one)))
    lines = [
        f"{found['path']}: {words[0]} {found['from']!r}, {words[1]} {found['to']!r}"
        for found in differing(before, after)
    ]
    say("\n".join(lines) if lines else "no difference")


def history(settings: Settings, name: str, *, as_json: bool) -> None:
    """What became of the versions of a name: in force when, judged by whom, planned for when."""
    with store_of(settings) as store:
        ensure_policy(store, Clock(settings.start).now_us())
        found = history_of(store, name or store.active_policy()[1].name)
    if as_json:
        say_json(found)
        return
    for title, rows in found.items():
        if rows:
            columns = [column for column in rows[0] if column != "steps"]
            say_table(title, columns, [[row[column] for column in columns] for row in rows])


def _content(store: Store, settings: Settings, text: str) -> dict[str, Any]:
    """What a version or a file says; an empty text is the policy in force."""
    ensure_policy(store, Clock(settings.start).now_us())
    if text and not is_label(text):
        read = read_file(Path(text))
        with explained(Path(text), read.lines):
            return _plain(policy_record(read.document, "proposed", 1).content)
    return _plain(version_of(store, text).content if text else store.active_policy()[1].content)


def _plain(content: bytes) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(content)
    return plain

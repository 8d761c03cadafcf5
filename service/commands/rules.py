"""Shelf policies by hand: list, show, validate, diff, publish, roll back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import orjson

from service.bootstrap import ensure_policy, store_of
from service.clock import Clock
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.pipeline.outcome import differences
from service.rules import policy_record
from service.settings import Settings
from service.stores.protocols import PolicyRecord, Store
from shelf_rules.policy_load import dump_policy, load_policy

_ACTOR = "command line"


def read_policy(path: Path) -> dict[str, Any]:
    """A policy file as data; raises Refused when it cannot be read as TOML or JSON."""
    try:
        text = path.read_text("utf-8")
        document = orjson.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, orjson.JSONDecodeError) as error:
        raise Refused(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise Refused(f"{path}: a policy is a table of its parts")
    return document


def listed(settings: Settings, *, as_json: bool) -> None:
    """Every stored version."""
    with store_of(settings) as store:
        generation, active = _active(store, settings)
        stored = store.policies()
    if as_json:
        rows = [
            {"name": one.name, "version": one.version, "sha256": one.sha256, "active": one == active} for one in stored
        ]
        say_json({"generation": generation, "policies": rows})
        return
    table = [(one.name, one.version, one.sha256[:12], "in force" if one == active else "") for one in stored]
    say_table(f"generation {generation}", ("policy", "version", "sha256", ""), table)


def show(settings: Settings) -> None:
    """The policy in force."""
    with store_of(settings) as store:
        say_json(orjson.loads(_active(store, settings)[1].content))


def validate(path: Path) -> None:
    """Check a file; raises PolicyError with every fault and its path."""
    load_policy(read_policy(path))
    say(f"{path}: valid")


def diff(settings: Settings, path: Path) -> None:
    """Print what a file would change."""
    with store_of(settings) as store:
        _, active = _active(store, settings)
    now = orjson.loads(active.content)
    proposed = dump_policy(load_policy(read_policy(path)))
    then = orjson.loads(orjson.dumps({**proposed, "name": now["name"], "version": now["version"]}))
    lines = differences(now, then, ("in force", "proposed"))
    say("\n".join(lines) if lines else "no difference")


def publish(settings: Settings, path: Path) -> None:
    """Put a file in force as the next version of the policy in force."""
    document = read_policy(path)
    with store_of(settings) as store:
        _, active = _active(store, settings)
        newest = max(one.version for one in store.policies() if one.name == active.name)
        record = policy_record(document, active.name, newest + 1)
        generation = store.publish(record, _ACTOR, Clock(settings.start).now_us())
    say(f"{record.name}@{record.version} is in force, generation {generation}")


def rollback(settings: Settings, version: int) -> None:
    """Put an older version in force again: a new activation, nothing is edited."""
    with store_of(settings) as store:
        _, active = _active(store, settings)
        found = [one for one in store.policies() if (one.name, one.version) == (active.name, version)]
        if not found:
            raise Refused(f"{active.name}@{version}: no such version")
        generation = store.publish(found[0], _ACTOR, Clock(settings.start).now_us())
    say(f"{active.name}@{version} is in force, generation {generation}")


def _active(store: Store, settings: Settings) -> tuple[int, PolicyRecord]:
    ensure_policy(store, Clock(settings.start).now_us())
    return store.active_policy()

"""Decisions, keys and settings by hand."""

from __future__ import annotations

import dataclasses
import os
import re

import orjson

from service.auth import expand_scopes, key_id_of, new_key
from service.bootstrap import runtime_of, store_of
from service.clock import Clock
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.settings import PREFIX, Settings, problems, unsafe

_COLUMNS = ("variable", "value", "from", "purpose")
_PASSWORD = re.compile(r"(//[^:/@]*):.*@")


def decision_show(settings: Settings, decision_id: str) -> None:
    """Print a logged decision."""
    with runtime_of(settings) as runtime:
        runtime.decisions.flush()
        found = runtime.store.decision(decision_id)
    if found is None:
        raise Refused(f"decision {decision_id}: not in the log")
    say_json(orjson.loads(found.document))


def decision_replay(settings: Settings, decision_ids: list[str], *, as_json: bool) -> None:
    """Replay decisions; raises Refused when one differs."""
    with runtime_of(settings) as runtime:
        runtime.decisions.flush()
        verdicts = [runtime.replayer.replay(decision_id) for decision_id in decision_ids]
    if as_json:
        say_json([dataclasses.asdict(verdict) | {"identical": verdict.identical} for verdict in verdicts])
    else:
        for verdict in verdicts:
            say(f"{verdict.decision_id}  {'identical' if verdict.identical else 'DIFFERENT'}")
            for line in verdict.differences:
                say(f"  {line}")
    different = sum(not verdict.identical for verdict in verdicts)
    if different:
        raise Refused(f"{different} of {len(verdicts)} decisions differ")


def keys_create(settings: Settings, scopes: list[str], owner: str, *, as_json: bool) -> None:
    """Create and show a key."""
    try:
        granted = expand_scopes(scopes)
    except ValueError as error:
        raise Refused(str(error)) from None
    with store_of(settings) as store:
        key = new_key(store, granted, Clock(settings.start).now_us(), owner=owner)
    if as_json:
        say_json({"key": key, "scopes": granted, "owner": owner or key_id_of(key)})
    else:
        say(key)


def check_config(*, as_json: bool) -> None:
    """Print every setting, secrets left out; raises Refused when one is unusable."""
    known = {field.name: field for field in dataclasses.fields(Settings)}
    values = {name: os.environ[PREFIX + name.upper()] for name in known if PREFIX + name.upper() in os.environ}
    settings = Settings(**values)
    rows = [
        (
            PREFIX + name.upper(),
            _shown(name, getattr(settings, name), is_set=name in values),
            "environment" if name in values else "default",
            field.metadata["purpose"],
        )
        for name, field in known.items()
    ]
    strangers = sorted(
        key for key in os.environ if key.startswith(PREFIX) and key.removeprefix(PREFIX).lower() not in known
    )
    faults = problems(settings)
    # What is derived from a broken setting cannot be asked whether it is safe.
    dangers = [] if faults else unsafe(settings)
    if as_json:
        told = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        say_json({"settings": told, "unknown": strangers, "unsafe": dangers, "faults": faults})
    else:
        say_table("settings", _COLUMNS, rows)
        for key in strangers:
            say(f"{key}: no such setting, ignored")
        for line in dangers:
            say(f"unsafe for production: {line}")
    if faults:
        raise Refused("; ".join(faults))


def _shown(name: str, value: str, *, is_set: bool) -> str:
    if name.endswith("_key") and is_set:
        return "(set)"
    return _PASSWORD.sub(r"\1:***@", value) if name == "database_url" else value

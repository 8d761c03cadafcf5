"""The JSON Schema of a policy document, made from the policy's own shapes and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from inspect import getdoc
from math import inf
from typing import Any, get_args, get_origin

from service.policies.meanings import MEANINGS
from shelf_rules.arrange import SOFT
from shelf_rules.attach import KINDS
from shelf_rules.condition import Condition, Range
from shelf_rules.decision import TIERS
from shelf_rules.policy import ELIGIBILITY, Policy
from shelf_rules.policy_bounds import BOUNDS, SHARED, TINY
from shelf_rules.policy_check_rules import MOST_RULES, MOST_SEGMENTS
from shelf_rules.policy_conditions import REGION
from shelf_rules.policy_load import DEFAULT
from shelf_rules.policy_read import CHARACTERS, INSTANT, LARGEST, LONGEST, OPEN, default_of, key_of, kinds_of
from shelf_rules.policy_rules import SCENES, Instant, Selection
from shelf_rules.policy_words import CHANNELS, LOOKS, NAME, PLACEMENT_NAME, PLACES, WORDS

Schema = dict[str, Any]
_DEFS = {Condition: "condition", Selection: "selection"}  # what stands in many places, the same in all of them
_CLOSED: Mapping[str, tuple[str, ...]] = {
    **{f"condition.{key}[]": words for key, words in WORDS.items()},
    "condition.scene[]": tuple(SCENES),
    "condition.did.kinds[]": LOOKS,
    "selection.scenes[]": tuple(SCENES),
    "placements.*.scene": tuple(SCENES),
    "campaigns[].channels[]": CHANNELS,
    "rules[].then.pin.tier": PLACES,
    "rules[].then.cap.tier": PLACES,
    "eligibility[]": ELIGIBILITY,
    "arrangement.relax[]": tuple(SOFT),
    "tasks.migratable[]": tuple(KINDS),
    "tasks.transferable[]": tuple(KINDS),
}
_PATTERNS = {"rules[].name": NAME, "segments[].name": NAME, "condition.region[]": REGION}
_ONCE = frozenset({"eligibility", "arrangement.relax", "tasks.migratable", "tasks.transferable"})
_KEYS: Mapping[str, Schema] = {
    "placements": {"pattern": PLACEMENT_NAME},
    **{f"rules[].then.{key}": {"enum": list(TIERS)} for key in ("thresholds", "ranking", "explore")},
}


@cache
def policy_schema() -> Mapping[str, Any]:
    """The schema of every document that may be a policy; what only a bank or the whole policy can tell is not in it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Shelf policy",
        **_record(Policy, DEFAULT, ""),
        "$defs": {name: _record(kind, kind(), name) for kind, name in _DEFS.items()},
    }


def _record(kind: type, base: object, pattern: str) -> Schema:
    """A dataclass: every key closed; required is what has neither a base nor a default."""
    start = SHARED.get(kind, pattern)
    hints, properties, required = kinds_of(kind), {}, []
    for each in fields(kind):
        key, kept = key_of(each.name), _kept(each, kind, base)
        if kept is MISSING:
            required.append(key)
        own = _joined(start, key)
        schema = _schema(hints[each.name], None if kept is MISSING else kept, own)
        if kind is Condition and schema.get("type") == "array":
            schema["minItems"] = 1
        properties[key] = _told(schema, f"range.{key}" if kind is Range else own)
    described = {"description": (getdoc(kind) or "").partition("\n")[0]}
    return {
        "type": "object",
        **described,
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _told(schema: Schema, key: str) -> Schema:
    return {**schema, "description": MEANINGS[key]} if key in MEANINGS else schema


def _kept(each: Field[object], kind: type, base: object) -> object:
    return getattr(base, each.name) if isinstance(base, kind) else default_of(each)


def _schema(hint: object, base: object, pattern: str) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if type(None) in arguments:
        return {"anyOf": [_schema(arguments[0], base, pattern), {"type": "null"}]}
    if isinstance(hint, type) and hint in _DEFS:
        return {"$ref": f"#/$defs/{_DEFS[hint]}"}
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint, base, pattern)
    if origin is Mapping:
        return _table(arguments[1], base, pattern)
    return _list(arguments, pattern) if origin is tuple else _scalar(hint, pattern)


def _table(kind: object, base: object, pattern: str) -> Schema:
    """A table: with a base its keys are closed, unless it takes new ones beside them; without one every key is free."""
    known = base if isinstance(base, Mapping) else {}
    member = f"{pattern}.*"
    named = {key: _told(_schema(kind, value, member), member) for key, value in known.items()}
    free = not known or pattern in OPEN
    return {
        "type": "object",
        "properties": named,
        "additionalProperties": _told(_schema(kind, None, member), member) if free else False,
        "maxProperties": LONGEST,
        **({"propertyNames": _KEYS[pattern]} if pattern in _KEYS else {}),
    }


def _list(kinds: tuple[object, ...], pattern: str) -> Schema:
    most = {"rules": MOST_RULES, "segments": MOST_SEGMENTS}.get(pattern, LONGEST)
    whole = kinds[-1] is not Ellipsis
    return {
        "type": "array",
        "items": _schema(kinds[0], None, f"{pattern}[]"),
        "minItems": len(kinds) if whole else 0,
        "maxItems": len(kinds) if whole else most,
        **({"uniqueItems": True} if pattern in _ONCE else {}),
    }


def _scalar(hint: object, pattern: str) -> Schema:
    if hint is Instant:
        return {"type": "string", "pattern": INSTANT, "examples": ["2026-11-24T00:00:00+08:00"]}
    if hint is bool:
        return {"type": "boolean"}
    if hint is str and pattern in _CLOSED:
        return {"enum": list(_CLOSED[pattern])}
    if hint is str:
        named = {"pattern": _PATTERNS[pattern]} if pattern in _PATTERNS else {}
        return {"type": "string", "maxLength": CHARACTERS, **named}
    low, high = BOUNDS[pattern]
    least: Schema = {"exclusiveMinimum": 0} if low == TINY else {"minimum": low}
    return {"type": "integer" if hint is int else "number", **least, "maximum": LARGEST if high == inf else high}


def _joined(pattern: str, key: str) -> str:
    return f"{pattern}.{key}" if pattern else key

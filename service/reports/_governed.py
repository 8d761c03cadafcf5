"""What the policies that were ever in force call their value segments and rules, and which products they pin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from service.stores import tables
from service.stores._upsert import table
from shelf_rules.policy_rules import SEGMENTS

NONE, UNKNOWN_NAME = "none", "unknown"
"""Whoever is in no segment; what no policy of the bank names, and cards of a decision that the log does not know."""

_POLICIES, _ACTIVATIONS = table(tables.Policies), table(tables.Activations)
_LAST = func.max(_ACTIVATIONS.c.generation)
_IN_FORCE = (
    select(_POLICIES.c.name, _POLICIES.c.version, _POLICIES.c.content)
    .join(_ACTIVATIONS, (_ACTIVATIONS.c.name == _POLICIES.c.name) & (_ACTIVATIONS.c.version == _POLICIES.c.version))
    .group_by(_POLICIES.c.name, _POLICIES.c.version, _POLICIES.c.content)
    .order_by(_LAST.desc())
)


class Pin(NamedTuple):
    """The product that a rule pins, and in which tier."""

    product_id: str
    tier: str


NOTHING = Pin("", "")


class Governed(NamedTuple):
    """Names by number, those of the newest policy first; `pins` by the policy's label and the rule's name."""

    segments: Mapping[str, int]
    rules: Mapping[str, int]
    pins: Mapping[tuple[str, str], Pin]


NOBODY = Governed({NONE: 0, UNKNOWN_NAME: 1}, {}, {})
"""Before any policy."""


class _Placed(msgspec.Struct):
    product: str
    tier: str


class _Then(msgspec.Struct):
    pin: _Placed | None = None


class _Rule(msgspec.Struct):
    name: str
    then: _Then


class _Segment(msgspec.Struct):
    name: str


class _Content(msgspec.Struct):
    segments: list[_Segment] | None = None
    rules: list[_Rule] = []


_content = msgspec.json.Decoder(_Content).decode


def governed(connection: Connection) -> Governed:
    """As the bank has been governed until now."""
    segments: list[str] = []
    rules: list[str] = []
    pins: dict[tuple[str, str], Pin] = {}
    for name, version, content in connection.execute(_IN_FORCE):
        policy = _content(content)
        segments += [one.name for one in (SEGMENTS if policy.segments is None else policy.segments)]
        rules += [one.name for one in policy.rules]
        for rule in policy.rules:
            if rule.then.pin is not None:
                pins[f"{name}@{version}", rule.name] = Pin(rule.then.pin.product, rule.then.pin.tier)
    return Governed(_numbered([*segments, NONE, UNKNOWN_NAME]), _numbered(rules), pins)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}

"""Values of annotated kinds read from a document: what is wrong is noted with its path and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import get_args, get_origin, get_type_hints

from shelf_rules.condition import Condition, Range
from shelf_rules.policy_bounds import EPOCH, MOST_FAULTS, Fault
from shelf_rules.policy_rules import Instant
from shelf_rules.policy_words import meant

INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$"
LONGEST = 1_000  # members of a list or a table
CHARACTERS = 256  # of a text
LARGEST = 2**53  # whole numbers beyond it are not told apart everywhere
DEEPEST = 32  # levels of a document; a condition of depth 8 inside a rule has fewer
OPEN = frozenset({"placements"})
"""Tables that take new keys beside those of their base."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_EXAMPLE = "write it as '2026-11-24T00:00:00+08:00'"
_KINDS: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    Instant: "a time",
}
_SAID = {**dict.fromkeys(("yes", "on", "y"), "true"), **dict.fromkeys(("no", "off", "n"), "false")}
_MEMBERS = {
    "weekday": "1 (Monday) to 7 (Sunday)",
    "grades": "a risk grade as a number, 3 for R3",
    "risk_capacity": "C1 to C5",
}
_LAW = frozenset({"suitability", "consents", "consent_scopes", "incentives", "incentive_matrix", "regime"})
_KEPT = object()  # what a reader returns for a value that it has noted as a fault


def key_of(name: str) -> str:
    """The key of a field in documents: words that Python keeps for itself end in an underscore in code only."""
    return name.removesuffix("_")


@cache
def kinds_of(kind: type) -> Mapping[str, object]:
    """The annotated kinds of a dataclass by field name."""
    return get_type_hints(kind)


class PolicyReader:
    """Reads values of annotated kinds and notes what is wrong instead of stopping at it."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def record(self, kind: type, given: Mapping[str, object], base: object, path: str) -> object:
        """A dataclass: fields from `given`, else from `base`, else their own default."""
        if len(given) > LONGEST:
            return self._fault(path, f"{len(given)} keys are too many: write those that there are")
        hints, values = kinds_of(kind), {}
        self._unknown(given, [key_of(name) for name in hints], path)
        for each in fields(kind):
            key = key_of(each.name)
            kept = getattr(base, each.name) if isinstance(base, kind) else default_of(each)
            value = _KEPT
            if key in given:
                value = self._member(kind, hints[each.name], given[key], kept, _joined(path, key))
            elif kept is MISSING:
                self._fault(_joined(path, key), f"missing: write '{key}', {_wanted(hints[each.name])}")
            values[each.name] = kept if value is _KEPT else value
        return _KEPT if MISSING in values.values() else kind(**values)

    def _member(self, kind: type, hint: object, given: object, base: object, path: str) -> object:
        if kind is Condition and given in ([], {}, ()) and get_origin(hint) is tuple:
            return self._fault(path, "an empty list names nothing: write at least one member, or leave the key out")
        return self.value(hint, given, base, path)

    def value(self, hint: object, given: object, base: object, path: str) -> object:
        """The value of an annotated kind, `_KEPT` where `given` is none."""
        arguments = get_args(hint)
        if type(None) in arguments:
            return None if given is None else self.value(arguments[0], given, base, path)
        if path.count(".") + path.count("[") > DEEPEST:
            return self._fault(path, f"nested more than {DEEPEST} levels deep: write it flatter")
        found = self._composite(hint, given, base, path)
        if found is not None:
            return found
        if hint is Instant:
            return self._instant(given, path)
        scalar = _scalar(hint, given)
        return self._fault(path, _other_kind(hint, given, path)) if scalar is None else scalar

    def _composite(self, hint: object, given: object, base: object, path: str) -> object:
        """A record, table or list; None where the kind or what is given is none."""
        origin, arguments = get_origin(hint), get_args(hint)
        if is_dataclass(hint) and isinstance(hint, type) and isinstance(given, Mapping):
            return self.record(hint, given, base, path)
        if origin is Mapping and isinstance(given, Mapping):
            return self._table(arguments[1], given, base, path)
        if origin is tuple and isinstance(given, list | tuple):
            return self._list(arguments, given, path)
        return None

    def _instant(self, given: object, path: str) -> object:
        """UTC microseconds of a text in ISO 8601 with its offset."""
        if not isinstance(given, str):
            return self._fault(path, f"{_shown(given)} is no time: {_EXAMPLE}")
        if not re.fullmatch(INSTANT, given):
            if re.fullmatch(INSTANT, f"{given}Z"):
                return self._fault(path, f"'{given}' has no offset: write '{given}+08:00'")
            return self._fault(path, f"{_shown(given)} is no time: {_EXAMPLE}")
        try:
            return Instant((datetime.fromisoformat(given) - EPOCH) // timedelta(microseconds=1))
        except (ValueError, OverflowError):
            return self._fault(path, f"'{given}' is not in the calendar: {_EXAMPLE}")

    def _table(self, kind: object, given: Mapping[str, object], base: object, path: str) -> object:
        """A table: with a base its keys are closed and those left out are kept, without one every key is free."""
        if len(given) > LONGEST:
            return self._fault(path, f"{len(given)} keys are too many: write at most {LONGEST}")
        known = base if isinstance(base, Mapping) else {}
        closed = bool(known) and path not in OPEN
        if closed:
            self._unknown(given, list(known), path)
        table = dict(known)
        for key in [key for key in given if not closed or key in known]:
            inner = table.get(key) if is_dataclass(kind) else None
            value = self.value(kind, given[key], inner, _joined(path, key))
            if value is not _KEPT:
                table[key] = value
        return table

    def _list(self, kinds: tuple[object, ...], given: Sequence[object], path: str) -> object:
        if kinds[-1] is not Ellipsis and len(given) != len(kinds):
            return self._fault(path, f"{len(given)} values: write {len(kinds)}")
        if len(given) > LONGEST:
            return self._fault(path, f"{len(given)} members are too many: write at most {LONGEST}")
        read = [self.value(kinds[0], inner, None, f"{path}[{at}]") for at, inner in enumerate(given)]
        return _KEPT if any(value is _KEPT for value in read) else tuple(read)

    def _unknown(self, given: Mapping[str, object], known: Sequence[str], path: str) -> None:
        for key in given:
            if key not in known and key in _LAW and not path:
                self._fault(key, "the law is no part of a policy: leave it out")
            elif key not in known and len(self.faults) <= MOST_FAULTS:
                self._fault(_joined(path, str(key)[:CHARACTERS]), f"unknown key; {meant(key, known, listed=30)}")

    def _fault(self, path: str, message: str) -> object:
        if len(self.faults) <= MOST_FAULTS:
            self.faults.append((path, message))
        return _KEPT


def default_of(each: Field[object]) -> object:
    """The default of a dataclass field, MISSING where it has none."""
    return each.default_factory() if each.default_factory is not MISSING else each.default


def _scalar(kind: object, given: object) -> object:
    if kind not in _KINDS:
        return None
    if kind is bool:
        return given if isinstance(given, bool) else None
    if kind is str:
        return given if isinstance(given, str) and len(given) <= CHARACTERS and not _CONTROL.search(given) else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= LARGEST:
        return None
    return float(given) if kind is float else (given if isinstance(given, int) else None)


def _wanted(hint: object) -> str:
    """What a value of the kind is, in words; of a table its keys."""
    arguments = get_args(hint)
    if type(None) in arguments:
        return _wanted(arguments[0])
    if is_dataclass(hint) and isinstance(hint, type):
        return f"a table of {', '.join(key_of(each.name) for each in fields(hint))}"
    return _KINDS.get(hint) or ("a list" if get_origin(hint) is tuple else "a table")


def _other_kind(hint: object, given: object, path: str) -> str:
    """What is wrong with a value of another kind, and what was probably meant."""
    if given is None:
        return f"nothing is written here: write {_wanted(hint)}, or leave the key out"
    if hint is str and isinstance(given, str):
        if len(given) > CHARACTERS:
            return f"{len(given)} characters are too many: write at most {CHARACTERS}"
        return "a line break or another control character stands here: write one line of text"
    if isinstance(given, int | float) and abs(given) > LARGEST and hint in (int, float):
        return f"{_shown(given)} is too large: write at most {LARGEST}"
    return f"{_shown(given)} is not {_wanted(hint).partition(' of ')[0]}: write {_instead(hint, given, path)}"


def _instead(hint: object, given: object, path: str) -> str:
    member = re.search(r"(\w+)\[\d+\]$", path)
    if member is not None and member[1] in _MEMBERS:
        return _MEMBERS[member[1]]
    if hint is Range and isinstance(given, int | float):
        return f"{{at_least: {given}}} or {{below: {given}}}"
    if get_origin(hint) is tuple and not isinstance(given, Mapping):
        return f"[{given}]"
    return _scalar_meant(hint, given) or _wanted(hint)


def _scalar_meant(hint: object, given: object) -> str | None:
    if hint is str and isinstance(given, int | float) and not isinstance(given, bool):
        return f"it in quotes, '{given}'"
    if hint is bool:
        return _SAID.get(str(given).lower())
    return _number(given) if hint in (int, float) else None


def _number(given: object) -> str | None:
    """The number that a text means."""
    found = re.fullmatch(r"\s*([+-]?\d[\d,_]*(?:\.\d+)?)\s*(%?)\s*", given) if isinstance(given, str) else None
    if found is None:
        return None
    value = float(found[1].replace(",", "").replace("_", ""))
    return f"{value / 100 if found[2] else value:.15g}"


def _shown(given: object) -> str:
    if isinstance(given, Mapping):
        return "a table"
    if isinstance(given, list | tuple):
        return "a list"
    if isinstance(given, bool):
        return str(given).lower()
    shown = f"'{given}'" if isinstance(given, str) else str(given)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _joined(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)

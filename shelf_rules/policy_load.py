"""Policies from documents and back: a document says only what differs from its base, and every fault of it is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from math import isfinite
from typing import get_args, get_origin, get_type_hints

from shelf_rules.policy import Policy
from shelf_rules.policy_check import Fault, check_policy

DEFAULT = Policy()
_WORDS: Mapping[object, str] = {int: "a whole number", float: "a finite number", str: "a text"}
_KEPT = object()  # what a reader returns for a value that it has noted as a fault


class PolicyError(ValueError):
    """A policy document that cannot be used; `faults` are its (dotted path, message) pairs, all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{path}: {message}" for path, message in self.faults))


def load_policy(document: Mapping[str, object], base: Policy = DEFAULT) -> Policy:
    """The policy that differs from `base` by what the document says; keys left out keep their value.

    Lists, and the tables of categories in `wallet.shares`, are replaced as a whole. Raises PolicyError with all faults
    at once: unknown keys, values of another kind, values out of range.
    """
    reader = _Reader()
    policy = reader.record(Policy, document, base, "")
    assert isinstance(policy, Policy)  # noqa: S101 - narrows the type: with a base there is always a policy
    faults = [*reader.faults, *check_policy(policy)]
    if faults:
        raise PolicyError(faults)
    return policy


def dump_policy(policy: Policy) -> dict[str, object]:
    """The whole policy as a document, keys in the order of the code: load_policy(dump_policy(p)) == p."""
    return {each.name: _plain(getattr(policy, each.name)) for each in fields(policy)}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value


@cache
def _hints(kind: type) -> Mapping[str, object]:
    return get_type_hints(kind)


class _Reader:
    """Reads values of annotated kinds and notes what is wrong instead of stopping at it."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def record(self, kind: type, given: Mapping[str, object], base: object, path: str) -> object:
        """A dataclass: fields from `given`, else from `base`, else their own default."""
        hints, values = _hints(kind), {}
        self._unknown(given, tuple(hints), path)
        for each in fields(kind):
            at = _joined(path, each.name)
            kept = getattr(base, each.name) if isinstance(base, kind) else each.default
            value = self.value(hints[each.name], given[each.name], kept, at) if each.name in given else _KEPT
            values[each.name] = kept if value is _KEPT else value
            if values[each.name] is MISSING and each.name not in given:
                self.faults.append((at, "missing"))
        return _KEPT if MISSING in values.values() else kind(**values)

    def value(self, hint: object, given: object, base: object, path: str) -> object:
        """The value of an annotated kind, `_KEPT` where `given` is none."""
        origin, arguments = get_origin(hint), get_args(hint)
        if type(None) in arguments:
            return None if given is None else self.value(arguments[0], given, base, path)
        if is_dataclass(hint) and isinstance(hint, type) and isinstance(given, Mapping):
            return self.record(hint, given, base, path)
        if origin is Mapping and isinstance(given, Mapping):
            return self._table(arguments[1], given, base, path)
        if origin is tuple and isinstance(given, list | tuple):
            return self._list(arguments, given, path)
        if hint in _WORDS and (scalar := _scalar(hint, given)) is not None:
            return scalar
        expected = _WORDS.get(hint) or ("a list" if origin is tuple else "a table")
        return self._fault(path, f"{expected} is expected, not {given!r}")

    def _table(self, kind: object, given: Mapping[str, object], base: object, path: str) -> object:
        """A table: with a base its keys are closed and those left out are kept, without one every key is free."""
        known = base if isinstance(base, Mapping) else {}
        self._unknown(given, tuple(known) or tuple(given), path)
        table = dict(known)
        for key in [key for key in given if not known or key in known]:
            inner = table.get(key) if is_dataclass(kind) else None
            value = self.value(kind, given[key], inner, _joined(path, key))
            if value is not _KEPT:
                table[key] = value
        return table

    def _list(self, kinds: tuple[object, ...], given: Sequence[object], path: str) -> object:
        if kinds[-1] is not Ellipsis and len(given) != len(kinds):
            return self._fault(path, f"{len(kinds)} values are expected, not {len(given)}")
        read = [self.value(kinds[0], inner, None, f"{path}[{at}]") for at, inner in enumerate(given)]
        return _KEPT if any(value is _KEPT for value in read) else tuple(read)

    def _unknown(self, given: Mapping[str, object], known: tuple[str, ...], path: str) -> None:
        for key in given:
            if key not in known:
                close = get_close_matches(str(key), known, n=1)
                self._fault(_joined(path, key), f"unknown key; did you mean '{close[0]}'?" if close else "unknown key")

    def _fault(self, path: str, message: str) -> object:
        self.faults.append((path, message))
        return _KEPT


def _scalar(kind: object, given: object) -> object:
    if kind is str:
        return given if isinstance(given, str) else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
        return None
    if kind is float:
        return float(given)
    return given if isinstance(given, int) else None


def _joined(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)

"""Conditions of experiments: GrowthBook documents over a few attributes, in which what is not known never matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.exchange.schema import CHANNELS, SCENES

Fault = tuple[str, str]
Condition = dict[str, Any]

NUMBERS = ("joined_days", "idle_days", "risk_capacity")
"""Attributes that have an order."""
ATTRIBUTES = ("channel", "placement", "scene", "region", *NUMBERS)
MOST_DEPTH, MOST_TESTS, MOST_VALUES, LONGEST = 6, 50, 200, 128

_KNOWN: Mapping[str, Sequence[str]] = {"channel": CHANNELS, "scene": SCENES}
_LISTS = ("$and", "$or", "$nor")
_ORDERS = ("$gt", "$gte", "$lt", "$lte")
_OPERATORS = ("$eq", "$ne", "$in", "$nin", *_ORDERS, "$not", "$exists")


def condition_faults(condition: object, path: str = "condition") -> list[Fault]:
    """What is wrong with a condition: paths and what to write instead; empty where `compiled` takes it."""
    if condition == {}:
        return []
    faults = list(_document(condition, path, 1))
    if faults:
        return faults
    tests = len(list(_asked(condition)))
    return [(path, f"asks {tests} things; ask at most {MOST_TESTS}")] if tests > MOST_TESTS else []


def compiled(condition: Mapping[str, Any]) -> Condition:
    """The condition with its negations moved to the single tests and `$exists: true` in each of them.

    A test of an attribute that is missing or null is thus false, negated or not; another branch of an `$or` may match.
    Takes what has no faults.
    """
    return _all_of(condition, negated=False) if condition else {}


def asked_of(condition: Mapping[str, Any]) -> tuple[str, ...]:
    """The attributes that a condition asks for, in the order of `ATTRIBUTES`."""
    asked = set(_asked(condition))
    return tuple(name for name in ATTRIBUTES if name in asked)


def _all_of(condition: Mapping[str, Any], *, negated: bool) -> Condition:
    parts = [_entry(name, value, negated=negated) for name, value in condition.items()]
    return _joined("$or" if negated else "$and", parts)


def _entry(name: str, value: Any, *, negated: bool) -> Condition:  # noqa: ANN401 - JSON
    if name == "$not":
        return _all_of(value, negated=not negated)
    if name in _LISTS:
        is_negated = negated != (name == "$nor")
        parts = [_all_of(one, negated=is_negated) for one in value]
        return _joined("$and" if (name == "$and") != is_negated else "$or", parts)
    return _test(name, value, negated=negated)


def _test(name: str, value: Any, *, negated: bool) -> Condition:  # noqa: ANN401 - JSON
    asked = {key: one for key, one in _operators(value).items() if key != "$exists"}
    if not asked:
        return {name: {"$exists": True}}
    return {name: {"$exists": True, "$not": asked} if negated else {"$exists": True, **asked}}


def _operators(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, Mapping) else {"$eq": value}


def _joined(operator: str, parts: Sequence[Condition]) -> Condition:
    return dict(parts[0]) if len(parts) == 1 else {operator: list(parts)}


def _asked(condition: object) -> Iterator[str]:
    if isinstance(condition, list):
        for one in condition:
            yield from _asked(one)
    elif isinstance(condition, Mapping):
        for name, value in condition.items():
            if name.startswith("$"):
                yield from _asked(value)
            else:
                yield name


def _document(condition: object, path: str, depth: int, *, negated: bool = False) -> Iterator[Fault]:
    if not isinstance(condition, Mapping) or not condition:
        yield path, f"write an object that asks for at least one of {', '.join(ATTRIBUTES)}"
    elif depth > MOST_DEPTH:
        yield path, f"nested more than {MOST_DEPTH} deep; write it flatter"
    else:
        for name, value in condition.items():
            yield from _entry_faults((str(name), value), f"{path}.{name}"[:LONGEST], depth, negated=negated)


def _entry_faults(entry: tuple[str, Any], path: str, depth: int, *, negated: bool) -> Iterator[Fault]:
    name, value = entry
    if name in _LISTS:
        if not isinstance(value, list) or not value:
            yield path, "write a list of at least one condition"
            return
        is_negated = negated != (name == "$nor")
        for index, one in enumerate(value[:MOST_VALUES]):
            yield from _document(one, f"{path}[{index}]", depth + 1, negated=is_negated)
    elif name == "$not":
        yield from _document(value, path, depth + 1, negated=not negated)
    elif name in ATTRIBUTES:
        yield from _test_faults(name, value, path, depth, negated=negated)
    elif name.startswith("$"):
        yield path, f"no such operator here; there are {', '.join((*_LISTS, '$not'))}"
    else:
        yield path, f"no such attribute; there are {', '.join(ATTRIBUTES)}"


def _test_faults(name: str, value: object, path: str, depth: int, *, negated: bool) -> Iterator[Fault]:
    if depth > MOST_DEPTH:
        yield path, f"nested more than {MOST_DEPTH} deep; write it flatter"
        return
    asked = _operators(value)
    if not asked:
        yield path, f"write a value, or at least one of {', '.join(_OPERATORS)}"
    for operator, wanted in asked.items():
        place = f"{path}.{operator}"[:LONGEST] if isinstance(value, Mapping) else path
        if operator == "$not":
            if isinstance(wanted, Mapping):
                yield from _test_faults(name, wanted, place, depth + 1, negated=not negated)
            else:
                yield place, "write an object of operators, or $ne"
        else:
            yield from _operator_faults(name, str(operator), wanted, place, negated=negated)


def _operator_faults(name: str, operator: str, wanted: object, path: str, *, negated: bool) -> Iterator[Fault]:
    if operator == "$exists":
        if wanted is not True or negated:
            yield path, "what is not known never matches; only $exists: true outside negations says something"
    elif operator not in _OPERATORS:
        yield path, f"no such operator; there are {', '.join(_OPERATORS)}"
    elif operator in _ORDERS and name not in NUMBERS:
        yield path, f"{name} has no order; write $in with a list of values"
    elif operator in ("$in", "$nin"):
        yield from _list_faults(name, wanted, path)
    elif not _fits(name, wanted):
        yield path, _value_rule(name)


def _list_faults(name: str, wanted: object, path: str) -> Iterator[Fault]:
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_VALUES:
        yield path, f"write a list of 1 to {MOST_VALUES} values"
    elif not all(_fits(name, one) for one in wanted):
        yield path, _value_rule(name)


def _fits(name: str, value: object) -> bool:
    if name in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) and (value in _KNOWN[name] if name in _KNOWN else 0 < len(value) <= LONGEST)


def _value_rule(name: str) -> str:
    if name in _KNOWN:
        return f"no such {name}; there are {', '.join(_KNOWN[name])}"
    return "compare it with a number" if name in NUMBERS else f"compare it with a text of 1 to {LONGEST} characters"

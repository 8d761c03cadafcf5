"""The gate: which products may be shown to this customer at all, and by which rule the others may not."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import cast

import numpy as np

from shelf_rules import eligibility, suitability
from shelf_rules.catalogue import Bools, Ints
from shelf_rules.rule import CODES, Watch, Withhold, unwatched
from shelf_rules.situation import Situation

PASSED = -1
_NUMBER = {code: np.int64(number) for number, code in enumerate(CODES)}
AT_ARRANGEMENT = frozenset({"loan_invest_separation", "duplicate_of"})
BY_TIER = frozenset({"senior_grade", "already_held", "seen_too_often"})


def _found(package: ModuleType) -> dict[str, Withhold]:
    """The rules of a package by code, in the order of CODES: a rule acts by being there."""
    names = {module.name for module in iter_modules(package.__path__)}
    if not names <= set(CODES):
        raise ImportError(f"{package.__name__}: no place in CODES for {', '.join(sorted(names - set(CODES)))}")
    path = package.__name__
    return {code: cast(Withhold, getattr(import_module(f"{path}.{code}"), code)) for code in CODES if code in names}


LAW = _found(suitability)
BUSINESS = _found(eligibility)
if set(LAW) & set(BUSINESS) or set(LAW) | set(BUSINESS) != set(CODES):
    raise ImportError("every code needs exactly one rule, in suitability or in eligibility")


def gate_before_tiers(situation: Situation, watch: Watch = unwatched) -> Ints:
    """Per row the index in CODES of the first rule that withholds it, PASSED (-1) if none does.

    Rules that ask for the tier are left out; law stands before business, law in the order of CODES, business in the
    order of the policy.
    """
    codes = np.full(len(situation.catalogue), PASSED, dtype=np.int64)
    for code in reversed(_order(situation.policy.eligibility)):  # what is written last counts: the first that fails
        if code not in BY_TIER:
            mask = _ask(code, situation, watch)
            if mask is not situation.catalogue.no_rows:
                np.putmask(codes, mask, _NUMBER[code])
    return codes


def gate(situation: Situation, watch: Watch = unwatched, *, before: Ints | None = None) -> Ints:
    """The same over all rules but those of arrangement; `before` is what `gate_before_tiers` said of this situation."""
    codes = gate_before_tiers(situation, watch) if before is None else before.copy()
    order = _order(situation.policy.eligibility)
    place = _places(order)
    for code in order:
        if code in BY_TIER:
            mask = _ask(code, situation, watch)
            if mask is not situation.catalogue.no_rows:
                rows = np.flatnonzero(mask)
                codes[rows[place[codes[rows]] > order.index(code)]] = _NUMBER[code]
    return codes


@lru_cache(maxsize=64)
def _order(named: tuple[str, ...]) -> tuple[str, ...]:
    """The codes that act, first to last; a policy may name what it likes, law is not its business."""
    business = dict.fromkeys(code for code in named if code in BUSINESS)
    return tuple(code for code in (*LAW, *business) if code not in AT_ARRANGEMENT)


@lru_cache(maxsize=64)
def _places(order: tuple[str, ...]) -> Ints:
    """Index in CODES -> place in the order; what has passed (-1, the last entry) comes after all."""
    places = np.full(len(CODES) + 1, len(order), dtype=np.int64)
    for place, code in enumerate(order):
        places[_NUMBER[code]] = place
    return places


def _ask(code: str, situation: Situation, watch: Watch) -> Bools:
    if code in LAW:
        stage, rule = "suitability", LAW[code]
    else:
        stage, rule = "eligibility", BUSINESS[code]
    mask = rule(situation)
    watch(stage, code)
    return mask

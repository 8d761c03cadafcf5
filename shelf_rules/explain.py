"""A decision in sentences for the customer and in rows for an auditor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite

import numpy as np

from shelf_rules.catalogue import Catalogue
from shelf_rules.decision import CategoryView, Decision, Slot
from shelf_rules.rule import CODES
from shelf_rules.texts import LANGUAGES, REASONS, TASK_STEPS, TASK_TITLES


@lru_cache(maxsize=4096)
def sentence(reason: str, language: str, category: str) -> str:
    """The reason of a card; `category` is the category's name in the language. KeyError for an unknown reason."""
    return REASONS[reason][spoken(language)].format(category=category)


@lru_cache(maxsize=4096)
def task_text(kind: str, language: str, category: str) -> tuple[str, tuple[str, ...]]:
    """Title and steps of a task kind about a category. KeyError for an unknown kind."""
    language = spoken(language)
    return TASK_TITLES[kind][language].format(category=category), TASK_STEPS[kind][language]


def spoken(language: str) -> str:
    """The language the texts have for the one asked for: Chinese unless English is wanted."""
    primary = language.lower().replace("_", "-").split("-", maxsplit=1)[0]
    return primary if primary in LANGUAGES else LANGUAGES[0]


def audit_rows(decision: Decision, catalogue: Catalogue) -> dict[str, object]:
    """Everything the decision says, ready for JSON: categories by code, withheld products by id, slots with scores.

    Categories without a tier and with F = M = T = 0 are left out; what is unknown is None. `withheld` has the code of
    each product, `withheld_rules` the rule of the policy behind the code `policy_rule`.
    """
    return {
        "stage": decision.stage,
        "overlay": decision.overlay,
        "segments": list(decision.segments),
        "rules": list(decision.rules),
        "withheld_by": dict(decision.withheld_by),
        "quotas": dict(decision.quotas),
        "relaxed": list(decision.relaxed),
        "categories": _categories(decision.categories, catalogue),
        "withheld": _withheld(decision, catalogue),
        "withheld_rules": _withheld_rules(decision, catalogue),
        "withheld_counts": dict(decision.withheld),
        "slots": [_slot(slot, catalogue) for slot in (*decision.slots, *decision.public)],
    }


def _categories(view: CategoryView | None, catalogue: Catalogue) -> dict[str, object]:
    if view is None:
        return {}
    scores = {"F": view.fixed, "M": view.migratable, "T": view.transferable}
    return {
        code: {
            "tier": view.tier[number],
            **{name: _number(float(column[number])) for name, column in scores.items()},
            "parts": {name: _number(float(column[number])) for name, column in view.parts.items()},
        }
        for number, code in enumerate(catalogue.categories.codes)
        if view.tier[number] is not None or any(column[number] for column in scores.values())
    }


def _withheld(decision: Decision, catalogue: Catalogue) -> dict[str, str]:
    if decision.codes is None:
        return {}
    rows = np.flatnonzero(decision.codes >= 0).tolist()
    return {catalogue.product_ids[row]: CODES[decision.codes[row]] for row in rows}


def _withheld_rules(decision: Decision, catalogue: Catalogue) -> dict[str, str]:
    return {catalogue.product_ids[row]: name for name, rows in decision.rows_of_rule.items() for row in rows.tolist()}


def _slot(slot: Slot, catalogue: Catalogue) -> dict[str, object]:
    return {
        "product_id": catalogue.product_ids[slot.row],
        "tier": slot.tier,
        "slot": slot.slot,
        "score": _number(slot.score),
        "parts": _numbers(slot.parts),
        "tier_parts": _numbers(slot.tier_parts),
        "reason": slot.reason,
        "propensity": slot.propensity,
        "explored": slot.explored,
        "badge": slot.badge,
        "task": slot.task.kind if slot.task else None,
    }


def _numbers(parts: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in parts.items()}


def _number(value: float) -> float | None:
    return value if isfinite(value) else None

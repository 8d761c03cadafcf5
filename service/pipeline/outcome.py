"""A decision as plain data: what is logged, exported, replayed and compared."""

from __future__ import annotations

from typing import Any

from shelf_rules.catalogue import Catalogue
from shelf_rules.decision import Decision, Slot, TaskOffer


def task_id(offer: TaskOffer) -> str:
    """The id under which a task is shown, logged, exported and named by events."""
    return f"{offer.kind}.{offer.category}@1"


def outcome(decision: Decision, catalogue: Catalogue) -> dict[str, Any]:
    """Everything a shelf showed and why; scores are rounded to 1e-9 where they are made."""
    return {
        "mode": decision.mode,
        "stage": decision.stage,
        "overlay": decision.overlay,
        "segments": list(decision.segments),
        "rules": list(decision.rules),
        "withheld_by": dict(decision.withheld_by),
        "assessment": decision.assessment,
        "withheld": dict(sorted(decision.withheld.items())),
        "quotas": dict(decision.quotas),
        "relaxed": list(decision.relaxed),
        "slots": [_slot(slot, catalogue) for slot in (*decision.slots, *decision.public)],
    }


def _slot(slot: Slot, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "product_id": catalogue.product_ids[slot.row],
        "tier": slot.tier,
        "slot": slot.slot,
        "score": slot.score,
        "parts": dict(slot.parts),
        "tier_parts": dict(slot.tier_parts),
        "reason": slot.reason,
        "propensity": slot.propensity,
        "explored": slot.explored,
        "badge": slot.badge,
        "task": None if slot.task is None else _task(slot.task),
    }


def _task(offer: TaskOffer) -> dict[str, str]:
    return {"task_id": task_id(offer), "kind": offer.kind, "category": offer.category}


def differences(one: Any, other: Any, words: tuple[str, str] = ("logged", "now")) -> list[str]:  # noqa: ANN401 - JSON
    """Paths at which two JSON values differ, with both values under their words; none when they are identical."""
    first, second = words
    return [f"{path}: {first} {value!r}, {second} {again!r}" for path, value, again in differing_paths(one, other)]


def differing_paths(one: Any, other: Any, path: str = "") -> list[tuple[str, Any, Any]]:  # noqa: ANN401 - JSON
    """(path, value, other value) of every place where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        return [
            found
            for key in keys
            for found in differing_paths(one.get(key), other.get(key), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for index, (left, right) in pairs for found in differing_paths(left, right, f"{path}[{index}]")]
    return [] if one == other else [(path, one, other)]

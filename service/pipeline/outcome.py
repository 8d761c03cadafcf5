"""A decision as plain data: what is logged, exported, replayed and compared."""

from __future__ import annotations

from typing import Any

from shelf_rules.catalogue import Catalogue
from shelf_rules.decision import Decision, Slot


def outcome(decision: Decision, catalogue: Catalogue) -> dict[str, Any]:
    """Everything a shelf showed and why; scores are rounded to 1e-9 where they are made."""
    return {
        "mode": decision.mode,
        "stage": decision.stage,
        "overlay": decision.overlay,
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
        "task": None if slot.task is None else {"kind": slot.task.kind, "category": slot.task.category},
    }


def differences(logged: Any, again: Any, path: str = "") -> list[str]:  # noqa: ANN401 - two JSON values
    """Paths at which two outcomes differ, with both values; none when they are identical."""
    if isinstance(logged, dict) and isinstance(again, dict):
        keys = sorted(logged.keys() | again.keys())
        return [
            line for key in keys for line in differences(logged.get(key), again.get(key), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(logged, list) and isinstance(again, list) and len(logged) == len(again):
        pairs = enumerate(zip(logged, again, strict=True))
        return [line for index, (one, other) in pairs for line in differences(one, other, f"{path}[{index}]")]
    return [] if logged == again else [f"{path}: logged {logged!r}, now {again!r}"]

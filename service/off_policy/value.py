"""What the log says a policy would have earned, place by place, or why it says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.off_policy.estimate import Estimate
from recommender.off_policy.judged import Judged, judged
from recommender.off_policy.refusal import DETERMINISTIC, FIXED, Refusal
from service.off_policy.columns import Columns
from shelf_rules.decision import TIERS

Places = Mapping[tuple[str, int], Columns]
"""(tier, slot) -> the cards that the log drew there."""
_ESTIMATES = ("logged", "snips", "dr", "lift")


def value_rows(places: Places, without_chances: int = 0) -> list[dict[str, Any]]:
    """One row a tier that was not explored and a slot that was, two readings of a slot with draws before it.

    A tier whose shelves have their drawn cards on different slots begins with a row of all of them, its slot null.

    `without_chances` decisions were logged without any: where nothing else is there, that is the reason.
    """
    return [row for tier in TIERS for row in _of_tier(tier, places, without_chances)]


def _of_tier(tier: str, places: Places, without_chances: int) -> Iterator[dict[str, Any]]:
    slots = sorted(slot for of, slot in places if of == tier)
    if tier == "fixed" or not slots:
        unknown = Refusal("no_propensity", float(without_chances))
        reason = FIXED if tier == "fixed" else unknown if without_chances and not places else DETERMINISTIC
        yield {"tier": tier, "slot": None, "reading": "independent", "rows": 0, **_refused((reason,))}
        return
    drawn: list[tuple[int | None, Columns]] = [(slot, places[tier, slot]) for slot in slots]
    if len(slots) > 1:
        drawn.insert(0, (None, Columns.joined(places[tier, slot] for slot in slots)))
    for slot, columns in drawn:
        rows = columns.rows()
        yield _row(tier, slot, columns, "independent", judged(rows))
        weights = columns.cascade(rows)
        if weights is not None:
            yield _row(tier, slot, columns, "cascade", judged(rows, weights))


def _row(tier: str, slot: int | None, columns: Columns, reading: str, found: Judged) -> dict[str, Any]:
    support, refused = found.support, found.refused
    if refused and columns.other_task:
        refused = (Refusal("other_task", float(columns.other_task)), *refused)
    return {
        "tier": tier,
        "slot": slot,
        "reading": reading,
        "rows": support.rows,
        "customers": support.customers,
        "empty": columns.empty,
        "other_task": columns.other_task,
        "ess": support.ess,
        "max_weight": support.max_weight,
        "largest_share": support.largest_share,
        "mean_weight": support.mean_weight,
        "supported": support.supported,
        **_refused(refused),
        **{name: _told(getattr(found, name)) for name in _ESTIMATES},
    }


def _refused(reasons: tuple[Refusal, ...]) -> dict[str, Any]:
    return {"refused": [{"code": reason.code, "detail": reason.text} for reason in reasons]}


def _told(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {name: getattr(estimate, name) for name in ("value", "low", "high")}

"""A preview as plain data: figures for everybody, and side by side the shelves of those who may be named."""

from __future__ import annotations

from typing import Any

from service.clock import iso
from service.policies.effects import coarsely
from service.policies.preview import Preview


def document(made: Preview, *, named: bool) -> dict[str, Any]:
    """The whole answer; unless customers may be `named` it has no shelves, and its counts are coarse."""
    query, whole = made.asked.query, made.effects
    counts = {
        "customers": whole.customers,
        "looked_at": made.looked_at,
        "changed": whole.changed,
        "changed_by_policy": made.same_draw.changed,
    }
    return {
        "versions": {"before": dict(made.before.labels), "after": dict(made.after.labels)},
        "as_of": iso(made.asked.at_us),
        "query": {"channel": query.channel, "placement": query.placement, "scene": query.scene},
        **(counts if named else {name: coarsely(number) for name, number in counts.items()}),
        "took_ms": round(made.took_s * 1000, 1),
        "coarse": not named,
        "shelves": made.shelves if named else None,
        "aggregate": whole.document(coarse=not named),
        "aggregate_by_policy": made.same_draw.document(coarse=not named),
    }

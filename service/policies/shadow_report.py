"""What came of a shadow: how many decisions it compared, and what their differences add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from service.clock import iso
from service.errors import Missing
from service.policies.comparison import Aggregate
from service.policies.shadow import KEPT_MAX, Compared, NotCompared
from service.policies.shadow_record import ShadowRecord, ShadowResult
from service.stores.protocols import Store

COMPARED = frozenset({"same", "changed"})
read_compared = msgspec.json.Decoder(Compared).decode
_read_not_compared = msgspec.json.Decoder(NotCompared).decode


def find_shadow(store: Store, name: str, version: int) -> ShadowRecord:
    """The newest shadow of a version, running or not; raises Missing where there has been none."""
    found = store.shadow(name, version)
    if found is None:
        raise Missing("no_shadow", f"policy {name}@{version}: it has not been shadowed")
    return found


def shadow_report(store: Store, name: str, version: int) -> dict[str, Any]:
    """That shadow and its results so far; raises Missing."""
    found = find_shadow(store, name, version)
    return told(found, store.shadow_results(found.seq))


def told(shadow: ShadowRecord, results: Iterable[ShadowResult]) -> dict[str, Any]:
    """A shadow with what its results say, as plain data."""
    aggregate, against = Aggregate(), Counter[str]()
    causes: dict[str, Counter[str]] = {"failed": Counter(), "skipped": Counter()}
    for result in results:
        if result.outcome in COMPARED:
            compared = read_compared(result.document)
            against[compared.against] += 1
            aggregate.add(compared.difference)
        else:
            causes[result.outcome][_read_not_compared(result.document).cause] += 1
    kept = against.total() + sum(counts.total() for counts in causes.values())
    return {
        "shadow": shadow.seq,
        "policy": shadow.label,
        "sha256": shadow.sha256,
        "share": shadow.share,
        "running": shadow.is_running,
        "started_at": iso(shadow.at_us),
        "started_by": shadow.actor,
        "stopped_at": None if shadow.stopped_us is None else iso(shadow.stopped_us),
        "stopped_by": shadow.stopped_by,
        "complete": kept >= KEPT_MAX,
        "compared": against.total(),
        "against": dict(sorted(against.items())),
        **{f"{outcome}": counts.total() for outcome, counts in causes.items()},
        **{f"{outcome}_by": dict(sorted(counts.items())) for outcome, counts in causes.items()},
        "differences": aggregate.document(),
    }

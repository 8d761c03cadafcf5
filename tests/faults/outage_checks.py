"""What an outage of the database may and may not do, judged from what clients saw and what the database holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from service.bootstrap import store_of
from service.settings import Settings
from service.stores import tables
from service.stores._upsert import table
from tests.faults.independent_gate import ineligible_cards
from tests.faults.outage_bank import OutageBank
from tests.faults.outage_load import Call, Load, Seen
from tests.oracle.oracle.files import Bank

FAULTS = ("hung", "down")
SETTLED = ("resumed", "restarted")
SHELF_S, WRITE_S, BACK_S = 0.5, 4.0, 5.0  # a shelf's p99, the slowest write, marked shelves after an outage
COPIED = 0.99  # of the shelves of customers seen before


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: a figure, and the limit it must not be on the wrong side of."""

    name: str
    figure: float
    limit: str
    passed: bool

    def __str__(self) -> str:
        return f"{'PASS' if self.passed else 'FAIL'}  {self.name}: {self.figure:g} ({self.limit})"


def check_all(bank: OutageBank, load: Load, seen: Seen, stored: Bank) -> list[Check]:
    """Every promise of an outage; those that hang on the speed of the machine come last."""
    events, decisions = _stored(bank.settings)
    return [
        *_shelves(load),
        *_marks(load, seen),
        *_switches(load, seen),
        *_law(load, stored),
        *_writes(load, seen, events),
        *_log(load, seen, decisions),
        *_times(load, seen),
    ]


def _shelves(load: Load) -> Iterator[Check]:
    shelves = list(load.of("shelf"))
    yield _at_least("shelves asked for", len(shelves), 100)
    yield _none("shelves without 200", [call for call in shelves if call.status != 200])


def _marks(load: Load, seen: Seen) -> Iterator[Check]:
    for fault in FAULTS:
        during = _during(load, seen, fault)
        yield _none(f"unmarked shelves, {fault}", [call for call in during if not _is_marked(call)])
        modes = Counter(call.body["mode"] for call in during)
        yield _at_least(f"personal shelves, {fault}", modes["personal"], 1)
        yield _at_least(f"fallback shelves, {fault}", modes["fallback"], 1)
        yield _at_most(f"oldest copy, {fault}, s", max(call.body["stale_s"] for call in during), 900)
    yield _at_least("shelves afterwards", len(list(load.of("shelf", "afterwards"))), 10)
    yield _none("of them marked", [call for call in load.of("shelf", "afterwards") if _is_marked(call)])


def _times(load: Load, seen: Seen) -> Iterator[Check]:
    for phase in ("healthy", *FAULTS, *SETTLED):
        took = sorted(call.took_s for call in load.of("shelf", phase))
        yield _at_most(f"p50 of a shelf, {phase}, ms", 1000 * took[len(took) // 2], 1000 * SHELF_S)
        yield _at_most(f"p99 of a shelf, {phase}, ms", 1000 * took[int(0.99 * (len(took) - 1))], 1000 * SHELF_S)
    yield _at_most("slowest post of events, s", max(call.took_s for call in load.of("events")), WRITE_S)
    for fault, settled in zip(FAULTS, SETTLED, strict=True):
        known = seen.personal - seen.withdrawn - seen.refused
        copied = [call.body["mode"] for call in _during(load, seen, fault) if call.customer_id in known]
        share = copied.count("personal") / len(copied)
        yield _at_least(f"personal of those seen before, {fault}", share, COPIED)
        marked = [call.ended_s - seen.began_s[settled] for call in load.of("shelf", settled) if _is_marked(call)]
        yield _at_most(f"last marked shelf after it, {settled}, s", max(marked, default=0.0), BACK_S)


def _during(load: Load, seen: Seen, fault: str) -> list[Call]:
    return [call for call in load.of("shelf", fault) if call.ended_s < seen.ended_s[fault]]


def _switches(load: Load, seen: Seen) -> Iterator[Check]:
    off = seen.withdrawn | seen.refused
    later = [call for call in load.calls if call.kind in {"shelf", "off"} and call.customer_id in off]
    tried = {call.customer_id: call.ended_s for call in load.of("withdraw")}
    outages = [call for call in later if call.phase in FAULTS or call.customer_id in seen.withdrawn]
    personal = [call for call in outages if call.began_s > tried[call.customer_id] and call.body["mode"] == "personal"]
    yield _at_least("shelves of who switched off", len(outages), 8)
    yield _none("personal ones of them", personal)
    refused = [call for call in load.of("withdraw", *FAULTS) if call.status != 503 or not call.retry_after]
    yield _none("switches acknowledged without a database", refused)
    probes = [(call.status, call.kind) for call in load.calls if call.kind in {"livez", "readyz"}]
    yield _none("probes without 200", [probe for probe in probes if probe[0] != 200])
    ready = [call for call in load.of("readyz") if "state" not in call.body["degraded"]]
    yield _none("readyz that does not say what is degraded", ready)
    reads = [call for call in load.of("read") if call.status != 503 or not call.retry_after]
    yield _none("reads of the database not refused with 503", reads)


def _law(load: Load, stored: Bank) -> Iterator[Check]:
    shelves = [call for call in load.of("shelf") if call.status == 200]
    found = [card for call in shelves for card in ineligible_cards(stored, call.customer_id, call.body)]
    yield _none(f"ineligible cards by the independent gate{_first(found)}", found)


def _writes(load: Load, seen: Seen, stored: Counter[str]) -> Iterator[Check]:
    posts = list(load.of("events"))
    odd = [call for call in posts if call.status not in {202, 503} or (call.status == 503 and not call.retry_after)]
    yield _none("posts of events with neither 202 nor 503 and Retry-After", odd)
    yield _at_least("posts refused with 503", sum(call.status == 503 for call in posts), 1)
    yield _at_least("events acknowledged", len(load.acknowledged), 10)
    yield _none("acknowledged events not stored exactly once", [one for one in load.acknowledged if stored[one] != 1])
    yield _at_least("events sent again", len(seen.again), 1)
    yield _none("of them neither accepted nor duplicate", [one for one in seen.again if one not in _KEPT])
    ours = [name for name in stored if name.startswith(("outage-", "dismiss-"))]
    yield _none("events stored that were never acknowledged", [name for name in ours if name not in load.acknowledged])


_KEPT = {"accepted", "duplicate"}


def _log(load: Load, seen: Seen, decisions: set[str]) -> Iterator[Check]:
    made = [call.body["decision_id"] for call in load.of("shelf") if call.status == 200]
    yield _none("decisions not in the log", [one for one in made if one not in decisions])
    yield _at_most("decisions that the log dropped", seen.dropped, 0)
    yield _at_least("decisions of the outages replayed", len(seen.replays), 5)
    yield _none("not identical", [one for one in seen.replays if not one])


def _stored(settings: Settings) -> tuple[Counter[str], set[str]]:
    events, decisions = table(tables.Events), table(tables.Decisions)
    with store_of(settings) as store, store.connect() as connection:
        counted = connection.execute(select(events.c.event_id, func.count()).group_by(events.c.event_id))
        return Counter({row[0]: row[1] for row in counted}), set(connection.scalars(select(decisions.c.decision_id)))


def _is_marked(call: Call) -> bool:
    return call.body.get("degraded") == ["state"]


def _first(found: list[str]) -> str:
    return f" ({found[0]})" if found else ""


def _none(name: str, found: Iterable[object]) -> Check:
    number = len(list(found))
    return Check(name, number, "limit 0", number == 0)


def _at_most(name: str, figure: float, limit: float) -> Check:
    return Check(name, round(figure, 3), f"at most {limit:g}", figure <= limit)


def _at_least(name: str, figure: float, limit: float) -> Check:
    return Check(name, round(figure, 4), f"at least {limit:g}", figure >= limit)

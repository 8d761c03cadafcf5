"""What came of a shadow: how many decisions it compared, and what their differences add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from service.clock import iso
from service.errors import Missing
from service.policies.comparison import Aggregate, Difference
from service.policies.effects import coarsely
from service.policies.shadow import KEPT_MAX, Compared, NotCompared
from service.policies.shadow_record import ShadowRecord, ShadowResult
from service.stores.protocols import Store

COMPARED = frozenset({"same", "changed"})
_Cell = tuple[str, tuple[str, ...], str]
"""Table, row and column of a count."""

read_compared = msgspec.json.Decoder(Compared).decode
_read_not_compared = msgspec.json.Decoder(NotCompared).decode


def find_shadow(store: Store, name: str, version: int) -> ShadowRecord:
    """The newest shadow of a version, running or not; raises Missing where there has been none."""
    found = store.shadow(name, version)
    if found is None:
        raise Missing("no_shadow", f"policy {name}@{version}: it has not been shadowed")
    return found


def shadow_report(store: Store, name: str, version: int, *, coarse: bool = False) -> dict[str, Any]:
    """That shadow and its results so far; raises Missing."""
    found = find_shadow(store, name, version)
    return told(found, store.shadow_results(found.seq), coarse=coarse)


def told(shadow: ShadowRecord, results: Iterable[ShadowResult], *, coarse: bool = False) -> dict[str, Any]:
    """A shadow with what its results say, as plain data.

    `coarse`: every count is of decisions and told in tens; of one to nine it is null.
    """
    differences: list[Difference] = []
    against, failed, skipped = Counter[str](), Counter[str](), Counter[str]()
    for result in results:
        if result.outcome in COMPARED:
            compared = read_compared(result.document)
            against[compared.against] += 1
            differences.append(compared.difference)
        else:
            causes = failed if result.outcome == "failed" else skipped
            causes[_read_not_compared(result.document).cause] += 1
    counts = {"against": against, "failed_by": failed, "skipped_by": skipped}
    wholes = {"compared": against.total(), "failed": failed.total(), "skipped": skipped.total()}
    number = coarsely if coarse else int
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
        "complete": sum(wholes.values()) >= KEPT_MAX,
        **{name: number(count) for name, count in wholes.items()},
        **{name: {key: number(count) for key, count in sorted(each.items())} for name, each in counts.items()},
        "differences": _coarse(differences) if coarse else _aggregate(differences),
    }


def _aggregate(differences: Iterable[Difference]) -> dict[str, Any]:
    aggregate = Aggregate()
    for difference in differences:
        aggregate.add(difference)
    return aggregate.document()


def _coarse(differences: Sequence[Difference]) -> dict[str, Any]:
    """The tables of an aggregate with how many decisions stand behind each number; their order says nothing of it."""
    behind = Counter[_Cell]()
    for difference in differences:
        behind.update({cell for cell, count in _cells(_aggregate([difference])) if count})
    document = _aggregate(differences)
    counts = {cell: coarsely(behind[cell]) for cell, _ in _cells(document)}
    coarse: dict[str, Any] = {}
    for name, table in document.items():
        if isinstance(table, list):
            rows = [row | {column: counts[name, _key(row), column] for column in _columns(row)} for row in table]
            coarse[name] = sorted(rows, key=_key)
        elif isinstance(table, dict):
            coarse[name] = {key: counts[name, (key,), ""] for key in table}
        else:
            coarse[name] = counts[name, (), ""]
    return coarse


def _cells(document: Mapping[str, Any]) -> Iterator[tuple[_Cell, int]]:
    for name, table in document.items():
        if isinstance(table, list):
            yield from (((name, _key(row), column), row[column]) for row in table for column in _columns(row))
        elif isinstance(table, dict):
            yield from (((name, (key,), ""), count) for key, count in table.items())
        else:
            yield (name, (), ""), table


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value for value in row.values() if isinstance(value, str))


def _columns(row: Mapping[str, Any]) -> list[str]:
    return [name for name, value in row.items() if isinstance(value, int)]

"""Measures the quality of all tags and puts the measured tag version in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sqlalchemy import delete

from recommender.tag_quality.measure import MEASURES, Measurement, measure
from recommender.tag_quality.tag_life import Proof
from service.errors import Refused
from service.jobs.attribute import attribute
from service.jobs.rebuild import rebuild_states
from service.progress import Progress, silent
from service.runtime import Runtime
from service.stores import tables
from service.stores._records import newest_tags, put_measured
from service.stores._upsert import insert_new, table, upsert
from service.tag_evidence import DEFAULT_SOURCES, tag_evidence
from service.tag_intake import Intake, tag_intake
from service.tag_lives import Change, lived, proofs, turned
from service.tag_measured import measured_until, refuse_going_back
from service.tag_quality import FIGURES, LEVELS
from service.tag_weights import Step, steps, take, untaken

PAGE = 250  # customers of one transaction: live events wait for no more than that
_MEASURED, _LIVES = table(tables.TagMeasurements), table(tables.TagLives)
_FINDINGS = table(tables.TagFindings)
_COUNTS = frozenset({"tagged", "observed", "followed"})


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run found: the version in force after it (None: it changed nothing), customers, rows, steps, changes.

    `findings` are about the data of tags, `quarantined` counts the assignments put into quarantine for a reason, or
    released from it (None), by tag number.
    """

    version: int | None
    measured_us: int
    customers: int
    rows: list[Mapping[str, Any]]
    steps: list[Step]
    changes: list[Change]
    findings: Sequence[Mapping[str, Any]] = ()
    quarantined: Mapping[tuple[int, str | None], int] = field(default_factory=dict)


def measure_tags(
    runtime: Runtime,
    at_us: int,
    progress: Progress = silent,
    *,
    sources: frozenset[str] = DEFAULT_SOURCES,
    from_scratch: bool = False,
    dry_run: bool = False,
) -> Measured:
    """Measure on what is known up to an instant; `dry_run` stores neither quality nor weights, states or quarantines.

    Credits are brought up to date first. Everything that is about the population is measured anew, so that a run after
    many small ones gives what a run from scratch gives; weights and states alone depend on the days of the runs.
    Raises Refused where something later has been measured already.
    """
    if not dry_run:
        _refuse_exposed(sources)
        with runtime.store.connect() as connection:
            refuse_going_back("measure-tags", at_us, measured_until(connection))
    attribute(runtime, progress, from_scratch=from_scratch)
    quarantined = _quarantine(runtime, progress, dry_run=dry_run)
    evidence, ids = tag_evidence(runtime, at_us, progress, sources)
    found, intake = measure(evidence), tag_intake(runtime, at_us, evidence, ids)
    progress("measure", 1, 1)
    taken = steps(found, runtime.worlds.last().tags.weight, runtime.calendar.day(at_us), at_us)
    rows = _rows(found, at_us, ",".join(sorted(sources)), intake)
    told = Measured(None, at_us, len(ids), rows, taken, [], intake.findings, quarantined)
    tag_proofs = list(intake.alarmed(proofs(found, evidence)))
    if dry_run:
        with runtime.store.connect() as connection:
            later = (measured_until(connection) or 0) > at_us  # a life does not go back
            return told if later else replace(told, changes=turned(newest_tags(connection), tag_proofs, at_us)[1])
    told = _store(runtime, found, told, tag_proofs)
    _store_customers(runtime, found, ids, progress)
    runtime.worlds.refresh(runtime.store.versions())
    return told


def _quarantine(runtime: Runtime, progress: Progress, *, dry_run: bool) -> Mapping[tuple[int, str | None], int]:
    """Bring into quarantine, and out of it, what no import and no call has: the definitions may have changed."""
    changes = runtime.store.unsettled()
    if changes and not dry_run:
        rebuild_states(runtime.store, sorted({customer_id for customer_id, *_ in changes}), progress)
    return Counter((tag_no, reason) for (_, tag_no, _), reason in changes.items())


def _refuse_exposed(sources: frozenset[str]) -> None:
    if "exposed" in sources:
        raise Refused("measure-tags: exposed purchases prove no tag; --dry-run shows what they would say")


def _rows(found: Measurement, at_us: int, evidence: str, intake: Intake) -> list[Mapping[str, Any]]:
    unknown = dict.fromkeys(FIGURES)
    rows: list[Mapping[str, Any]] = []
    columns = {name: getattr(found, name) for name in MEASURES}
    for number in range(len(found.rarity)):
        for level, stage in enumerate(LEVELS):
            numbers = {name: _number(column[number, level], name) for name, column in columns.items()}
            of = {"measured_us": at_us, "tag_no": number, "stage": stage, "evidence": evidence}
            rows.append({**of, **numbers, **(intake.figures(number) if level == 0 else unknown)})
    return rows


def _number(value: float, name: str) -> float | int | None:
    if np.isnan(value):
        return None
    return int(value) if name in _COUNTS else float(value)


def _store(runtime: Runtime, found: Measurement, told: Measured, tag_proofs: Sequence[Proof]) -> Measured:
    """Rows, weights, states and the version that names them, in one transaction; all that was done."""
    before = runtime.worlds.last().tags.weight
    with runtime.store.begin() as connection:
        told = replace(told, steps=untaken(connection, told.steps))
        items = newest_tags(connection)
        lives, changes = turned(items, tag_proofs, told.measured_us)
        weights = take(connection, told.steps, before)
        upsert(connection, _MEASURED, [{**row, "state": lives[row["tag_no"]].state} for row in told.rows])
        insert_new(connection, _LIVES, changes)
        connection.execute(delete(_FINDINGS).where(_FINDINGS.c.measured_us == told.measured_us))
        insert_new(connection, _FINDINGS, [{"measured_us": told.measured_us, **one} for one in told.findings])
        measured = {
            number: {
                "first_us": item.get("measured", {}).get("first_us", told.measured_us),
                "measured_us": told.measured_us,
                "weight": float(weights[number]),
                "half_life_days": _number(found.half_life_days[number, 0], ""),
                "quality": [_number(value, "") for value in found.quality[number, 1:]],
                "life": lived(item, lives[number]),
            }
            for item in items
            if (number := int(item["tag_no"])) < len(weights)
        }
        version = put_measured(connection, measured, runtime.clock.now_us())
    return replace(told, version=version, changes=changes)


def _store_customers(runtime: Runtime, found: Measurement, ids: list[str], progress: Progress) -> None:
    """Every observed carrier's own Q̃; customers who carry nothing any more, or may not be read, lose theirs."""
    own: dict[str, list[tuple[int, float]]] = {}
    of = zip(found.customer.tolist(), found.tag.tolist(), found.customer_quality.tolist(), strict=True)
    for customer, tag, quality in of:
        own.setdefault(ids[customer], []).append((tag, quality))
    after, done = "", 0
    while page := runtime.store.customer_ids(after=after, limit=PAGE):
        after = page[-1]
        runtime.store.put_derived({key: {"tag_quality": tuple(sorted(own.get(key, ())))} for key in page})
        done += len(page)
        progress("qualities", done, 0)
    progress("qualities", done, done)

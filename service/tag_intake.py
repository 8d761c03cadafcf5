"""Checks the data of the tags that a bank buys in or makes: what is missing, contradictory, stale or drifting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from recommender.tag_quality._finding import Finding
from recommender.tag_quality.calibration import Calibration
from recommender.tag_quality.drift import Drift
from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.missing import missing
from recommender.tag_quality.stale import stale
from recommender.tag_quality.standing import STANDS, Carried
from recommender.tag_quality.tag_life import LARGEST_ERROR, Proof
from recommender.training_data import Floats, Ints
from service.calendar import BankCalendar
from service.runtime import Runtime
from service.stores import tables
from service.stores._records import tag_version
from service.stores._upsert import table
from service.tag_quality import FIGURES

KEPT_OUT = 0.02
"""Share of a tag's assignments in quarantine for one reason, beyond which the tag is named."""
_LATENT = "latent"
_PAGE = 20_000  # assignments read at once
_TAGS = table(tables.Tags)
_READ = tuple(_TAGS.c[name] for name in ("customer_id", "tag_no", "assigned_us", "removed_us", "affinity"))

Item = Mapping[str, Any]
Found = Iterable[Finding]


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """Findings as rows of their table, the time left out; by tag PSI, ECE and its lower bound, nan unknown."""

    findings: Sequence[Mapping[str, Any]]
    psi: Floats
    ece: Floats
    ece_low: Floats

    def alarmed(self, proofs: Iterable[Proof]) -> Iterator[Proof]:
        """The proofs of all tags, by number, with what else can put one on watch."""
        for number, proof in enumerate(proofs):
            yield proof._replace(psi=float(self.psi[number]), ece=float(self.ece_low[number]))

    def figures(self, number: int) -> dict[str, float | None]:
        """The columns of a whole tag's measurement."""
        found = {name: float(getattr(self, name)[number]) for name in FIGURES}
        return {name: None if np.isnan(value) else value for name, value in found.items()}


def tag_intake(runtime: Runtime, at_us: int, evidence: Evidence, ids: Sequence[str]) -> Intake:
    """All checks as of an instant, on the customers of the evidence; what is in quarantine is only counted.

    Latent tags are not bought in: the service infers and withdraws them itself.
    """
    with runtime.store.connect() as connection:
        items = tag_version(connection, runtime.worlds.last().versions.tags)
        bought = np.array([item["kind"] != _LATENT for item in items], dtype=np.bool_)
        carried = _carried(connection, runtime.calendar, at_us, (ids, bought))
        counts = _counts(connection, at_us, items)
    today, names = runtime.calendar.day(at_us), sorted({_provider(item) for item in items})
    provider = np.array([names.index(_provider(item)) for item in items], dtype=np.int64)
    joined = evidence.joined if len(evidence.joined) else np.full(evidence.customers, -1)
    drift, calibration = Drift.of(carried, (evidence.stage, joined), today, len(items)), Calibration.of(evidence)
    old, silent = stale(carried, today, _half_lives(items, evidence), provider)
    lost = [missing(carried, today, *of) for of in ((np.arange(len(items)), len(items)), (provider, len(names)))]
    of_tags = [*_claimless(items, counts, evidence), *_kept_out(counts), *old, *lost[0]]
    of_tags += [*drift.findings(), *_wrong(calibration)]
    told = _rows("tag", [str(item["tag"]) for item in items], of_tags)
    return Intake(
        [*told, *_rows("provider", names, [*silent, *lost[1]])], drift.worst, calibration.error, calibration.low
    )


def _provider(item: Item) -> str:
    """A tag without a provider is the bank's own."""
    return str(item["provider"] or "")


def _rows(of: str, names: Sequence[str], found: Found) -> list[dict[str, Any]]:
    return [{"of": of, "name": names[one.number], **dict(zip(one._fields[1:], one[1:], strict=True))} for one in found]


def _carried(connection: Connection, calendar: BankCalendar, at_us: int, of: tuple[Sequence[str], Any]) -> Carried:
    """The assignments of bought-in tags to customers of the evidence, as far as they may be read and used."""
    ids, bought = of
    place = {customer_id: number for number, customer_id in enumerate(ids)}
    by_customer = _TAGS.c.removed_by.is_not(None) & (_TAGS.c.removed_by == "customer")
    statement = select(*_READ).where(_TAGS.c.assigned_us <= at_us, _TAGS.c.quarantined.is_(None), ~by_customer)
    pages = connection.execute(statement.execution_options(yield_per=_PAGE)).partitions(_PAGE)
    numbers, affinities = [np.empty((0, 4), dtype=np.int64)], [np.empty(0)]
    for page in pages:
        rows = [row for row in page if row[0] in place and row[1] < len(bought) and bought[row[1]]]
        known = [(place[row[0]], row[1], row[2], -1 if row[3] is None else row[3]) for row in rows]
        numbers.append(np.array(known, dtype=np.int64).reshape(-1, 4))
        affinities.append(np.array([np.nan if row[4] is None else row[4] for row in rows]))
    customer, tag, made, removed = np.concatenate(numbers).T
    gone = (removed >= 0) & (removed <= at_us)
    ends = np.where(gone, calendar.days(removed), STANDS)
    return Carried(customer, tag, calendar.days(made), ends, np.concatenate(affinities))


def _counts(connection: Connection, at_us: int, items: Sequence[Item]) -> dict[str | None, Ints]:
    """Assignments of every tag that were not removed, by why they are in quarantine (None: in use)."""
    columns = (_TAGS.c.quarantined, _TAGS.c.tag_no, func.count())
    stands = select(*columns).where(_TAGS.c.removed_us.is_(None), _TAGS.c.assigned_us <= at_us)
    found: dict[str | None, Ints] = {None: np.zeros(len(items), dtype=np.int64)}
    for reason, tag, count in connection.execute(stands.group_by(*columns[:2])):
        if tag < len(items):
            found.setdefault(reason, np.zeros(len(items), dtype=np.int64))[tag] = count
    return found


def _claimless(items: Sequence[Item], counts: Mapping[str | None, Ints], evidence: Evidence) -> Found:
    """Tags that are assigned but not defined, and preferences for nothing that the taxonomy knows."""
    carriers = np.sum(list(counts.values()), axis=0)
    for number, item in enumerate(items):
        size = float(carriers[number])
        if item["kind"] is None:
            yield Finding(number, "undefined", size, size, 1.0, 0.0)
        elif item["kind"] == "preference" and not evidence.claims[number].any():
            yield Finding(number, "claim_missing", size, size, 1.0, 0.0)


def _kept_out(counts: Mapping[str | None, Ints]) -> Found:
    whole = np.sum(list(counts.values()), axis=0)
    for reason in sorted(reason for reason in counts if reason is not None):
        share = counts[reason] / np.maximum(whole, 1)
        for tag in np.flatnonzero(share > KEPT_OUT).tolist():
            yield Finding(tag, reason, float(counts[reason][tag]), float(whole[tag]), float(share[tag]), KEPT_OUT)


def _wrong(calibration: Calibration) -> Found:
    """Tags whose carriers were foretold wrongly beyond chance: hits and carriers of the window."""
    for tag in np.flatnonzero(calibration.low > LARGEST_ERROR).tolist():
        shown, carriers, error = (float(of[tag]) for of in (calibration.shown, calibration.carriers, calibration.error))
        yield Finding(tag, "miscalibrated", shown, carriers, error, LARGEST_ERROR, is_cause=True)


def _half_lives(items: Sequence[Item], evidence: Evidence) -> Floats:
    """What the provider says, else the median of the claimed categories; nan of a tag that claims nothing."""
    found = np.full(len(items), np.nan)
    for number, item in enumerate(items):
        claimed = evidence.half_life[evidence.claims[number]]
        if item["half_life_days"]:
            found[number] = item["half_life_days"]
        elif len(claimed):
            found[number] = np.median(claimed)
    return found

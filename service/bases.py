"""What a customer's state holds beside the events: the statement as spells, weekly flows, the assigned tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from recommender.profile.fold import Base
from recommender.profile.happening import Records
from recommender.profile.state import COUNTERPARTIES, FLOWS, OPEN, SPELLS, TAGS
from recommender.profile.state import UNKNOWN as NONE
from service.calendar import DAY_US, BankCalendar
from service.profiles import Known

_NO_SPELLS, _NO_FLOWS, _NO_TAGS = np.empty(0, SPELLS), np.empty(0, FLOWS), np.empty(0, TAGS)


def base_of(known: Known, category_of: Mapping[int, int], calendar: BankCalendar, tombstone_days: int) -> Base:
    """What the state holds beside the events: the newest statement, weekly flows and the assigned tags."""
    joined_us = known.profile.get("joined_us")
    as_of_us, spells = _statement(known)
    return Base(
        as_of_us=as_of_us,
        spells=_spell_records(spells, category_of, calendar),
        flows=_flow_records(known.flows, calendar),
        tags=_tag_records(known.tags, calendar, tombstone_days * DAY_US),
        joined_day=NONE if joined_us is None else calendar.day(joined_us),
    )


def _statement(known: Known) -> tuple[int | None, Sequence[Mapping[str, Any]]]:
    """The time of the statement and its spells; without holdings, the observations are read as spells."""
    if known.holdings or known.statement_us is not None or not known.snapshots:
        return known.statement_us, known.holdings
    return max(row["as_of_us"] for row in known.snapshots), observed_spells(known.snapshots)


def observed_spells(snapshots: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Spells out of observations: open from the first one on until the first one without the product."""
    seen: dict[int, dict[int, int | None]] = {}
    for row in snapshots:
        seen.setdefault(row["as_of_us"], {})[row["product_no"]] = row["amount"]
    spells: list[dict[str, Any]] = []
    running: dict[int, dict[str, Any]] = {}
    for as_of_us in sorted(seen):
        held = seen[as_of_us]
        for product_no in sorted(running.keys() - held.keys()):
            running.pop(product_no)["closed_us"] = as_of_us
        for product_no, amount in sorted(held.items()):
            if product_no not in running:
                running[product_no] = {"product_no": product_no, "opened_us": as_of_us, "closed_us": None}
                spells.append(running[product_no])
            running[product_no].update(amount=amount, matures_us=None)
    return spells


def _spell_records(
    spells: Sequence[Mapping[str, Any]], category_of: Mapping[int, int], calendar: BankCalendar
) -> Records:
    def day(us: int | None) -> int:
        return OPEN if us is None else calendar.day(us)

    rows = [
        (
            category_of[row["product_no"]],
            row["product_no"],
            day(row["opened_us"]),
            day(row["closed_us"]),
            day(row["matures_us"]),
            NONE,
            NONE if row["amount"] is None else row["amount"],
            1,
        )
        for row in sorted(spells, key=lambda row: (row["opened_us"], row["product_no"]))
    ]
    return np.array(rows, SPELLS) if rows else _NO_SPELLS


def _flow_records(flows: Sequence[Mapping[str, Any]], calendar: BankCalendar) -> Records:
    """Weekly sums; a movement whose counterparty's class is unknown says nothing that a formula reads."""
    sums: dict[tuple[int, int, int], list[int]] = {}
    for row in flows:
        if row["counterparty_class"] in COUNTERPARTIES:
            kind = COUNTERPARTIES.index(row["counterparty_class"])
            week = calendar.week(calendar.day(row["occurred_us"]))
            entry = sums.setdefault((kind, int(bool(row["own_name"])), week), [0, 0])
            entry[row["amount"] < 0] += abs(row["amount"])
    rows = [(*key, *entry) for key, entry in sorted(sums.items())]
    return np.array(rows, FLOWS) if rows else _NO_FLOWS


def _tag_records(tags: Sequence[Mapping[str, Any]], calendar: BankCalendar, tombstone_us: int) -> Records:
    rows = [
        (tag_no, calendar.day(row["assigned_us"]), np.nan if row["affinity"] is None else row["affinity"])
        for tag_no, row in sorted(standing_tags(tags, tombstone_us).items())
    ]
    return np.array(rows, TAGS) if rows else _NO_TAGS


def deleted_tags(tags: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """When the customer last deleted each tag, UTC microseconds by tag number."""
    deleted: dict[int, int] = {}
    for row in tags:
        if row["removed_by"] == "customer" and row["removed_us"] is not None:
            deleted[row["tag_no"]] = max(row["removed_us"], deleted.get(row["tag_no"], row["removed_us"]))
    return deleted


def standing_tags(
    tags: Sequence[Mapping[str, Any]], tombstone_us: int, *, with_quarantine: bool = False
) -> dict[int, Mapping[str, Any]]:
    """The newest assignment of every tag that was neither removed nor made while a deletion by the customer runs.

    What is in quarantine does not stand, except to be told of.
    """
    deleted = deleted_tags(tags)
    newest: dict[int, Mapping[str, Any]] = {}
    used = (row for row in tags if with_quarantine or row["quarantined"] is None)
    for row in sorted(used, key=itemgetter("assigned_us")):
        until = deleted.get(row["tag_no"])
        if row["removed_us"] is not None or (until is not None and row["assigned_us"] < until + tombstone_us):
            newest.pop(row["tag_no"], None)
        else:
            newest[row["tag_no"]] = row
    return newest

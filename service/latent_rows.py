"""Reads what is stored of the latent tags of customers, and writes what is to be done about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, or_, select, update

from service.calendar import DAY_US
from service.latent_plan import FIGURES, GIVEN, Change, Figures, Plan, Stands, planned
from service.latent_tags import NEEDED, SOURCE, Library
from service.profiles import granted_scopes, read_gate
from service.stores import tables
from service.stores._facts_in import removal
from service.stores._upsert import table, upsert
from shelf_rules.regime import Regime

_TAGS, _ROWS, _CONSENTS = table(tables.Tags), table(tables.CustomerRows), table(tables.Consents)
_CHANGES = table(tables.LatentChanges)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_NUMBERS: BindParameter[int] = bindparam("numbers", expanding=True)
_GATES = select(_ROWS.c.customer_id, _ROWS.c.gate).where(_ROWS.c.customer_id.in_(_IDS), _ROWS.c.version > 0)
_AGREED = select(_CONSENTS.c.customer_id).where(_CONSENTS.c.scope == "latent_tags", _CONSENTS.c.granted.is_(True))
_THEIRS = select(_TAGS).where(_TAGS.c.customer_id.in_(_IDS))
_MEASURED = select(_CHANGES.c.customer_id).where(_CHANGES.c.truth.is_not(None)).distinct()
# What a customer has deleted stays as a tombstone, whatever becomes of the rest.
_NO_TOMBSTONE = or_(_TAGS.c.removed_by.is_(None), _TAGS.c.removed_by != "customer")
_CARRIERS = select(_TAGS.c.customer_id, _TAGS.c.tag_no).where(_TAGS.c.tag_no.in_(_NUMBERS), _NO_TOMBSTONE).distinct()
_OF_ONE = (_TAGS.c.customer_id == bindparam("of_customer")) & (_TAGS.c.tag_no == bindparam("of_tag"))
_END = update(_TAGS).where(_OF_ONE, _TAGS.c.removed_us.is_(None))
_PURGE = delete(_TAGS).where(_OF_ONE, _NO_TOMBSTONE)
_NOTHING = dict.fromkeys(FIGURES)
_FORGET = update(_CHANGES).where(_CHANGES.c.customer_id.in_(_IDS)).values(_NOTHING)
_FORGET_TAG = (
    update(_CHANGES)
    .where(_CHANGES.c.customer_id == bindparam("of_customer"), _CHANGES.c.tag_no == bindparam("of_tag"))
    .values(_NOTHING)
)
_AT_ONCE = 500


class LatentRows:
    """The rows of latent tags at one time, under one law, for the tags of one library."""

    def __init__(self, library: Library, regime: Regime, now_us: int) -> None:
        self.library, self._regime, self._now_us = library, regime, now_us
        self._tombstone_us = regime.tombstone_days * DAY_US

    def agreed(self, connection: Connection, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The open consents of those of the customers of whom tags may be inferred."""
        among: Sequence[str] = ids
        if self._regime.consent_defaults.get("latent_tags") != "on":
            answered = set(connection.scalars(_AGREED.distinct()))
            among = [customer_id for customer_id in ids if customer_id in answered]
        scopes = self._scopes(connection, among)
        return {customer_id: opened for customer_id, opened in scopes.items() if opened >= NEEDED}

    def carriers(self, connection: Connection) -> dict[str, set[int]]:
        """Who has rows of latent tags, those taken back included, and of which; what customers deleted apart."""
        found: dict[str, set[int]] = defaultdict(set)
        for row in connection.execute(_CARRIERS, {"numbers": sorted(self.library.inferred)}):
            found[row.customer_id].add(row.tag_no)
        return dict(found)

    def measured(self, connection: Connection) -> list[str]:
        """The customers of whom something is kept that was measured."""
        return list(connection.scalars(_MEASURED))

    def plans(
        self, connection: Connection, ids: Sequence[str], figures: Mapping[str, Mapping[int, Figures]]
    ) -> dict[str, Plan]:
        """What is to be done, for those of the customers for whom anything is."""
        found = {}
        for page in slices(ids, _AT_ONCE):
            scopes, theirs = self._scopes(connection, page), defaultdict(list)
            for row in connection.execute(_THEIRS, {"ids": page}):
                theirs[row.customer_id].append(row._asdict())
            measured = set(connection.scalars(_MEASURED.where(_CHANGES.c.customer_id.in_(_IDS)), {"ids": page}))
            for who in page:
                stands = Stands(scopes.get(who, frozenset()), theirs[who], who in measured)
                plan = planned(who, stands, figures.get(who, {}), (self.library, self._now_us, self._tombstone_us))
                if plan.changes or plan.forgets:
                    found[who] = plan
        return found

    def write(self, connection: Connection, plans: Mapping[str, Plan], tags_version: int) -> list[Change]:
        """Do what is planned, each change with a row that says why; the changes. Customers' rows are left to do."""
        # One that was not planned when tags were defined waits for the next run.
        changes = [one for plan in plans.values() for one in plan.changes if one.source.number is not None]
        given = [one for one in changes if one.change == GIVEN]
        purged = [one for one in changes if one.reason == "consent"]
        ended = [one for one in changes if one.change != GIVEN and one.reason != "consent"]
        by_service = removal(self._now_us, "service")
        for statement, of in ((_PURGE, purged), (_FORGET_TAG, purged), (_END.values(by_service), ended)):
            if of:
                keys = [{"of_customer": one.customer_id, "of_tag": one.source.number} for one in of]
                connection.execute(statement, keys)
        upsert(connection, _TAGS, [self._assignment(one) for one in given])
        upsert(connection, _CHANGES, [self._row(one, tags_version) for one in changes])
        forgotten = [who for who, plan in plans.items() if plan.forgets]
        if forgotten:
            connection.execute(_FORGET, {"ids": forgotten})
        return changes

    def _scopes(self, connection: Connection, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        return {
            row.customer_id: granted_scopes(read_gate(row.gate), self._now_us, self._regime)
            for page in slices(ids, _AT_ONCE)
            for row in connection.execute(_GATES, {"ids": page})
        }

    def _assignment(self, change: Change) -> dict[str, Any]:
        affinity = None if change.figures is None else change.figures.truth
        key = {"customer_id": change.customer_id, "tag_no": change.source.number, "assigned_us": self._now_us}
        return {**key, "affinity": affinity, "source": SOURCE, "removed_us": None, "removed_by": None}

    def _row(self, change: Change, tags_version: int) -> dict[str, Any]:
        key = {"customer_id": change.customer_id, "tag_no": change.source.number, "at_us": self._now_us}
        why = {"change": change.change, "reason": change.reason, "of_tag_no": change.source.of_no}
        told = _NOTHING if change.figures is None else change.figures._asdict()
        return {**key, **why, "tags_version": tags_version, **{name: told[name] for name in FIGURES}}


def slices(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    """The ids in lists of such a size, in their order."""
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])

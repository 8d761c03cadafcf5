"""Reads the customers of an experiment out of the store, page by page of whole customers, into columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import numpy as np
from sqlalchemy import BindParameter, Connection, bindparam, func, select

from recommender.training_data import Floats, Ints
from service.calendar import DAY_US
from service.experiments.measures import MEASURES, SLOW_MS, Measure
from service.experiments.results.same import same
from service.experiments.results.units import TIERS, Units, Window
from service.experiments.spec import Experiment
from service.profiles import PERSONALISATION
from service.stores import tables
from service.stores._rows import categories_of
from service.stores._upsert import table

SIZE = 500
"""Customers of a page: what is held at a time beside the columns."""
_MINOR = 100.0

_EXPOSURES, _EVENTS, _LOG = table(tables.Exposures), table(tables.Events), table(tables.Decisions)
_CONSENTS = table(tables.Consents)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF = (_EXPOSURES.c.experiment == bindparam("experiment")) & (_EXPOSURES.c.phase == bindparam("phase"))
_UNTIL: BindParameter[int] = bindparam("until_us")
_SINCE: BindParameter[int] = bindparam("since_us")
_NEXT = (
    select(_EXPOSURES.c.customer_id)
    .distinct()
    .where(_OF, _EXPOSURES.c.first_us < _UNTIL, _EXPOSURES.c.customer_id > bindparam("after"))
    .order_by(_EXPOSURES.c.customer_id)
    .limit(SIZE)
)
_EXPOSED = (
    select(
        *(_EXPOSURES.c[name] for name in ("customer_id", "arm", "tier", "first_us", "decision_id")), _EVENTS.c.channel
    )
    .outerjoin(
        _EVENTS,
        (_EVENTS.c.customer_id == _EXPOSURES.c.customer_id) & (_EVENTS.c.event_id == _EXPOSURES.c.event_id),
    )
    .where(_OF, _EXPOSURES.c.customer_id.in_(_IDS), _EXPOSURES.c.first_us < _UNTIL)
    .order_by(_EXPOSURES.c.customer_id, _EXPOSURES.c.first_us, _EXPOSURES.c.tier)
)
_HAPPENED = select(
    *(_EVENTS.c[name] for name in ("customer_id", "event_id", "kind", "occurred_us")),
    func.coalesce(_EVENTS.c.amount, 0),
    _EVENTS.c.refers_to,
    func.coalesce(_EVENTS.c.category_no, -1),
    func.coalesce(_EVENTS.c.product_no, -1),
).where(
    _EVENTS.c.customer_id.in_(_IDS),
    _EVENTS.c.kind.in_(bindparam("kinds", expanding=True)),
    _EVENTS.c.occurred_us >= _SINCE,
    _EVENTS.c.occurred_us < _UNTIL,
    _EVENTS.c.muted.is_(False),
)
_SHELVES = select(_LOG.c.customer_id, _LOG.c.decided_us, _LOG.c.document).where(
    _LOG.c.customer_id.in_(_IDS), _LOG.c.decided_us >= _SINCE, _LOG.c.decided_us < _UNTIL
)
_SHOWN = select(_LOG.c.decision_id, _LOG.c.decided_us, _LOG.c.document).where(_LOG.c.decision_id.in_(_IDS))
_WITHDRAWN = select(_CONSENTS.c.customer_id, _CONSENTS.c.changed_us).where(
    _CONSENTS.c.customer_id.in_(_IDS),
    _CONSENTS.c.scope == PERSONALISATION,
    _CONSENTS.c.granted.is_(False),
    _CONSENTS.c.changed_us >= _SINCE,
    _CONSENTS.c.changed_us < _UNTIL,
)
_CANCEL = "cancel"


class _Seen(msgspec.Struct):
    stage: str | None = None
    segments: list[str] = []
    mode: str = ""


class Shelf(msgspec.Struct):
    """A logged decision, as far as experiments read it."""

    outcome: _Seen
    served: str = "normal"
    stage_us: dict[str, float] = {}
    assignments: list[dict[str, Any]] = []

    def counts(self, measure: str) -> bool:
        """Whether the shelf is one of those that a measure counts."""
        if measure == "slow_shelves":
            return sum(self.stage_us.values()) > SLOW_MS * 1000
        return measure == "shelves" or self.served != "normal"


shelf_of = msgspec.json.Decoder(Shelf).decode
"""The decision in a document of the log."""


@dataclass(frozen=True, slots=True)
class Span:
    """The phase that is read: from its start until a time; `cancel_days` by category number, the last one otherwise."""

    experiment: Experiment
    started_us: int
    until_us: int
    overridden: frozenset[str] = frozenset()
    cancel_days: Sequence[int] = (7,)


@dataclass(slots=True)
class Found:
    """The columns of pages, one after another; `several` and `overridden` are customers left out."""

    several: int = 0
    overridden: int = 0
    parts: list[Units] = field(default_factory=list)

    def units(self) -> Units:
        """All of them."""
        return Units(
            customer=[one for part in self.parts for one in part.customer],
            arm=self._joined("arm"),
            first_us=self._joined("first_us"),
            after=self._totals("after"),
            before=self._totals("before"),
            **{name: self._joined(name) for name in ("tiers", "segment", "stage", "channel", "is_same", "lag_s")},
        )

    def _joined(self, name: str) -> Any:  # noqa: ANN401 - an array of any type
        return np.concatenate([getattr(part, name) for part in self.parts])

    def _totals(self, side: str) -> dict[Window, Floats]:
        keys = getattr(self.parts[0], side)
        return {key: np.concatenate([getattr(part, side)[key] for part in self.parts]) for key in keys}


def read_units(connection: Connection, span: Span, windows: tuple[set[Window], set[Window]]) -> Found:
    """The customers that were exposed in a phase, in the order of their ids; those of several arms are only counted."""
    found = Found()
    page = Page(connection, span, windows, categories_of(connection))
    found.parts.append(page.read([], found))
    for ids in page.ids():
        found.parts.append(page.read(ids, found))
    return found


class Page:
    """Reads some whole customers at a time."""

    def __init__(
        self,
        connection: Connection,
        span: Span,
        windows: tuple[set[Window], set[Window]],
        category_of: Mapping[int, int],
    ) -> None:
        self._connection, self._span, self._category_of = connection, span, category_of
        self._after, self._before = (sorted(part) for part in windows)
        self._names = sorted({name for name, _ in (*self._after, *self._before)})
        self._kinds = sorted({kind for name in self._names for kind in MEASURES[name].kinds} | {_CANCEL})
        self._longest_us = max((days for _, days in self._before), default=0) * DAY_US
        self._arms = {arm.key: number for number, arm in enumerate(span.experiment.spec.arms)}
        self._bound = {
            "experiment": span.experiment.key,
            "phase": span.experiment.phase,
            "until_us": span.until_us,
            "since_us": span.started_us,
        }

    def ids(self) -> Iterator[list[str]]:
        """Pages of the ids of exposed customers."""
        after = ""
        while ids := [row[0] for row in self._rows(_NEXT, after=after)]:
            yield ids
            after = ids[-1]

    def read(self, ids: list[str], found: Found) -> Units:
        """The columns of some customers, those that do not count left out."""
        exposed: dict[str, list[tuple[Any, ...]]] = {}
        for row in self._rows(_EXPOSED, ids=ids):
            exposed.setdefault(row[0], []).append(row)
        kept = []
        for customer_id, rows in exposed.items():
            if customer_id in self._span.overridden:
                found.overridden += 1
            elif len({row[1] for row in rows}) > 1:
                found.several += 1
            elif rows[0][1] in self._arms:
                kept.append(customer_id)
        firsts = [exposed[one][0] for one in kept]
        at = np.array([row[3] for row in firsts], dtype=np.int64)
        shown = {row[0]: (row[1], shelf_of(row[2])) for row in self._rows(_SHOWN, ids=[row[4] for row in firsts])}
        seen = [shown.get(row[4]) for row in firsts]
        after, before = self._totals(kept, at)
        return Units(
            kept,
            np.array([self._arms[row[1]] for row in firsts], dtype=np.int64),
            at,
            after,
            before,
            tiers=np.array([_mask(exposed[one]) for one in kept], dtype=np.int64),
            segment=_words("" if one is None else next(iter(one[1].outcome.segments), "") for one in seen),
            stage=_words("" if one is None else one[1].outcome.stage or "" for one in seen),
            channel=_words(row[5] or "" for row in firsts),
            is_same=same(self._connection, self._bound, kept, self._arms),
            lag_s=np.array([_lag(row[3], one) for row, one in zip(firsts, seen, strict=True)], dtype=np.float64),
        )

    def _rows(self, statement: Any, **bound: object) -> list[tuple[Any, ...]]:  # noqa: ANN401 - a statement
        found = self._connection.execute(statement, {**self._bound, **bound})
        return [tuple(row) for row in found]

    def _totals(self, ids: list[str], at: Ints) -> tuple[dict[Window, Floats], dict[Window, Floats]]:
        """Totals of all measures within their days after and before the first exposure, [n] each."""
        number = {customer_id: place for place, customer_id in enumerate(ids)}
        since_us = int(at.min()) - self._longest_us if len(at) else 0
        happened = self._rows(_HAPPENED, ids=ids, kinds=self._kinds, since_us=since_us)
        gone = self._cancelled(happened)
        sources: dict[str, tuple[Ints, Ints, Floats]] = {}
        shelves = self._shelves(ids, since_us)
        for name in self._names:
            measure = MEASURES[name]
            if measure.of == "events":
                rows = [row for row in happened if row[2] in measure.kinds]
                told = [
                    (row[0], row[3], _worth(row, measure))
                    for row in rows
                    if not (measure.is_kept and _key(row) in gone)
                ]
            elif measure.of == "shelves":
                told = [(who, us, 1.0) for who, us, shelf in shelves if shelf.counts(name)]
            else:
                told = [(row[0], row[1], 1.0) for row in self._rows(_WITHDRAWN, ids=ids, since_us=since_us)]
            sources[name] = (
                np.array([number[one[0]] for one in told], dtype=np.int64),
                np.array([one[1] for one in told], dtype=np.int64),
                np.array([one[2] for one in told], dtype=np.float64),
            )
        after = {key: _within(sources[key[0]], at, 0, key[1] * DAY_US) for key in self._after}
        before = {key: _within(sources[key[0]], at, -key[1] * DAY_US, 0) for key in self._before}
        return after, before

    def _shelves(self, ids: list[str], since_us: int) -> list[tuple[str, int, Shelf]]:
        if not any(MEASURES[name].of == "shelves" for name in self._names):
            return []
        return [(row[0], row[1], shelf_of(row[2])) for row in self._rows(_SHELVES, ids=ids, since_us=since_us)]

    def _cancelled(self, happened: Sequence[tuple[Any, ...]]) -> set[tuple[str, str]]:
        """What was bought and given back within its days, by (customer, event)."""
        undone = {(row[0], row[5]): row[3] for row in sorted(happened, key=lambda row: -row[3]) if row[2] == _CANCEL}
        days = self._span.cancel_days
        found = set()
        for row in happened:
            at_us = undone.get(_key(row))
            if at_us is None:
                continue
            category = row[6] if row[6] >= 0 else self._category_of.get(row[7], -1)
            limit = days[category] if 0 <= category < len(days) - 1 else days[-1]
            if at_us - row[3] <= (limit + 1) * DAY_US:
                found.add(_key(row))
        return found


def _key(row: Sequence[Any]) -> tuple[str, str]:
    return row[0], row[1]


def _worth(row: Sequence[Any], measure: Measure) -> float:
    return float(row[4]) / _MINOR if measure.is_money else 1.0


def _within(source: tuple[Ints, Ints, Floats], at: Ints, low_us: int, high_us: int) -> Floats:
    who, when, worth = source
    since = when - at[who]
    inside = (since >= low_us) & (since < high_us)
    return cast(Floats, np.bincount(who[inside], worth[inside], minlength=len(at)).astype(np.float64))


def _mask(rows: Sequence[tuple[Any, ...]]) -> int:
    return sum(1 << TIERS.index(tier) for tier in {row[2] for row in rows} if tier in TIERS)


def _lag(seen_us: int, shelf: tuple[int, Shelf] | None) -> float:
    return float("nan") if shelf is None else (seen_us - shelf[0]) / 1e6


def _words(values: Iterable[str]) -> Any:  # noqa: ANN401 - an array of words
    return np.array(list(values), dtype=np.str_)

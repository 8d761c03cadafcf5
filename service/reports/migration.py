"""How categories move between a customer's tiers from one month to the next: the shelf works where they move up."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommender.training_data import Ints
from service.calendar import date_of_day
from service.reports._last import last_of
from service.reports._page import MODES, Page
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally

PERIOD_DAYS = 28
FROM = ("none", "fixed", "migratable", "transferable")
TO = (*FROM, "unseen")
"""What a category can be next; `unseen`: its customer opened no personal shelf in the next period."""
_UNSEEN = len(FROM)
_UP = {FROM.index("transferable"): (1, 2), FROM.index("migratable"): (1,)}
_SIDES = ["up" if to in _UP.get(before, ()) else "not up" for before in range(len(FROM)) for to in range(len(TO))]


class Migration:
    """Of every (customer, category) in a period of 28 days, counted back from the last day, that has a next period.

    The tier of a period is the one that the customer's last personal shelf of it was made with, with room on it or not.
    Whoever is not seen in the next period stays in the denominator. Moves without the shelf are not taken off.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._periods = (scope.until - scope.since) // PERIOD_DAYS
        self._first = scope.until - self._periods * PERIOD_DAYS
        days = range(self._first, scope.until - PERIOD_DAYS, PERIOD_DAYS)
        moves = [{"from": one, "to": other} for one in FROM for other in TO]
        ups = [{"from": FROM[number]} for number in _UP]
        over_time = [{"period": date_of_day(day).isoformat(), **up} for day in days for up in ups]
        self._all, self._up, self._over_time = (
            Tally(Counted(name, "customer", PERIOD_DAYS), groups)
            for name, groups in (("migration", moves), ("moved_up", ups), ("moved_up_over_time", over_time))
        )

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        state = self._states(page)
        customer, turn, _ = np.nonzero(state[:, :-1] >= 0)
        before, after = (part[state[:, :-1] >= 0] for part in (state[:, :-1], state[:, 1:]))
        after = np.where(after >= 0, after, _UNSEEN)
        ones = np.ones(len(before))
        for to in range(len(TO)):
            self._all.add(page.customers, customer, before * len(TO) + to, (after == to).astype(np.float64), ones)
        for number, (tier, better) in enumerate(_UP.items()):
            rows = before == tier
            up = np.isin(after[rows], better).astype(np.float64)
            of = (page.customers, customer[rows])
            self._up.add(*of, np.full(len(up), number), up, ones[rows])
            self._over_time.add(*of, turn[rows] * len(_UP) + number, up, ones[rows])

    def metrics(self) -> list[Metric]:
        """The matrix, the share that moved up, and the same by period."""
        moves = (move._replace(within=side) for move, side in zip(self._all.metrics(), _SIDES, strict=True))
        return [*moves, *self._up.metrics(), *self._over_time.metrics()]

    def _states(self, page: Page) -> Ints:
        """The tier [customer, period, category], -1 where the customer was not seen."""
        shelves = page.shelves
        state = np.full((page.customers, max(self._periods, 1), len(self._scope.codes)), -1, dtype=np.int64)
        period = (shelves.day - self._first) // PERIOD_DAYS
        rows = zip(shelves.customer.tolist(), shelves.version.tolist(), strict=True)
        known = np.array([one in page.tiers for one in rows], dtype=np.bool_)
        inside = (period >= 0) & (period < self._periods) & (shelves.mode == MODES.index("personal")) & known
        for place in last_of(shelves.customer * (self._periods + 1) + np.maximum(period, 0), shelves.at, inside):
            who = int(shelves.customer[place])
            state[who, period[place]] = page.tiers[who, int(shelves.version[place])].of
        return state

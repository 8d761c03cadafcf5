"""How old what a shelf knows is: how late events come, how old tiers are, how many shelves stand on a copy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from service.reports._page import MODES, Page
from service.reports._whole import Whole
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally

_SECOND = 1_000_000
WITHIN = {"minute": 60 * _SECOND, "hour": 3_600 * _SECOND, "day": 86_400 * _SECOND}


class Freshness:
    """Events are folded into the customer's row as they are stored, so that an event's lag to the shelf is how late it
    arrives; tiers are those of the last daily snapshot.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._arrived = Tally(Counted("arrived", "none", beside=len(WITHIN) - 1), [{"within": name} for name in WITHIN])
        self._whole = Whole([Counted("shelf_fresh", "none"), Counted("tiers_fresh", "none")])

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        events, shelves = page.happened, page.shelves
        rows = self._scope.inside(events.day)
        lag = events.arrived[rows] - events.at[rows]
        for number, limit in enumerate(WITHIN.values()):
            within = (lag <= limit).astype(np.float64)
            group = np.full(len(lag), number)
            shorter = [(within * (lag > min(one, limit))) for one in list(WITHIN.values())[:-1]]
            self._arrived.add(page.customers, events.customer[rows], group, within, np.ones(len(lag)), *shorter)
        made = self._scope.inside(shelves.day)
        self._shelves(page, "shelf_fresh", ~shelves.degraded, made)
        personal = made & (shelves.mode == MODES.index("personal"))
        days = [
            known.day if (known := page.tiers.get(one)) is not None else -1
            for one in zip(shelves.customer.tolist(), shelves.version.tolist(), strict=True)
        ]
        recent = np.array(days, dtype=np.int64) >= shelves.day - 1
        self._shelves(page, "tiers_fresh", recent, personal)

    def metrics(self) -> list[Metric]:
        """Events in time, then shelves that stand on what is known, then those whose tiers are of the day before."""
        return [*self._arrived.metrics(), *self._whole.metrics()]

    def _shelves(self, page: Page, name: str, hit: np.ndarray, of: np.ndarray) -> None:
        owner = page.shelves.customer
        counts = [np.bincount(owner[rows], minlength=page.customers).astype(np.float64) for rows in (hit & of, of)]
        self._whole.ratio(page, name, *counts)

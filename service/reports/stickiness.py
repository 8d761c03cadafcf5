"""Who comes back, buys again and holds on, 30, 90 and 180 days after."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommender.training_data import Bools, Ints
from service.reports._clicks import gone
from service.reports._page import Page
from service.reports._whole import Whole
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted

AFTER, LATELY = (30, 90, 180), 30


class Stickiness:
    """Of those whose 30th, 90th or 180th day is one of the days asked about, so that all were followed as long.

    The days are counted from a customer's first shelf (`came_back`: one in the last thirty of them, not on the first
    day) and first purchase (`bought_again`: one on a later day), and from each purchase (`still_held`: no redemption
    and no maturity of its product). Purchases that were cancelled in time are none.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        names = ("came_back", "bought_again", "still_held")
        self._whole = Whole([Counted(f"{name}_{days}", "customer", days) for name in names for days in AFTER])

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shelves, credited, kept = page.shelves, page.credited, page.credited.kept
        view = page.first(shelves.customer, shelves.day)
        bought = page.first(credited.customer[kept], credited.day[kept])
        for days in AFTER:
            came = _later(page, view, (shelves.customer, shelves.day), (days - LATELY, days))
            again = _later(page, bought, (credited.customer[kept], credited.day[kept]), (0, days))
            self._whole.share(page, f"came_back_{days}", came, self._due(view, days))
            self._whole.share(page, f"bought_again_{days}", again, self._due(bought, days))
            of = kept & (credited.product >= 0) & self._scope.inside(credited.day + days)
            held = credited.customer[of][~gone(page, of, days)]
            x, y = (np.bincount(who, minlength=page.customers) for who in (held, credited.customer[of]))
            self._whole.ratio(page, f"still_held_{days}", x.astype(np.float64), y.astype(np.float64))

    def metrics(self) -> list[Metric]:
        """Who came back, who bought again, what is held."""
        return self._whole.metrics()

    def _due(self, first: Ints, days: int) -> Bools:
        due: Bools = (first >= 0) & self._scope.inside(first + days)
        return due


def _later(page: Page, first: Ints, done: tuple[Ints, Ints], within: tuple[int, int]) -> Bools:
    """Who did something more than so many days after a first day, and within so many."""
    (customer, day), (since, until) = done, within
    passed = day - first[customer]
    return page.having(customer[(first[customer] >= 0) & (passed > since) & (passed <= until)])

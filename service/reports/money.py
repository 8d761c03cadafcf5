"""Money that came with purchases: what is new in the bank, what only moved inside, what the shelf led to."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommender.tag_quality.net_new_money import Movements, net_new_money
from recommender.training_data import Bools, Floats, Ints
from service.reports._page import KIND, Page
from service.reports._whole import Whole
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted

_MINOR = 100.0


class Money:
    """Of the days asked about, in the base currency.

    Money that left a category and entered another one of the same family within seven days, and what a renewal kept,
    is no new money. Purchases that were cancelled in time are none; amounts that nobody told count nowhere.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._whole = Whole(
            [
                Counted("net_new_money", "none", unit="money", is_money=True),
                Counted("rolled_over", "none", 7, is_money=True),
                Counted("shelf_share_of_money", "last_click", "category", is_money=True),
                Counted("shelf_share_of_purchases", "last_click", "category"),
            ]
        )

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        scope, credited, size = self._scope, page.credited, page.customers
        moved = _moved(page, scope)
        kept = net_new_money(moved, family=scope.windows.family)
        new = _by_customer(kept, scope.inside(kept.day), size)
        new_in, gross_in = (_by_customer(one, scope.inside(one.day) & (one.amount > 0), size) for one in (kept, moved))
        shelves, events = page.shelves, page.happened
        active = page.having(events.customer[scope.inside(events.day)])
        active |= page.having(shelves.customer[scope.inside(shelves.day)])
        self._whole.ratio(page, "net_new_money", np.where(active, new, 0.0), active.astype(np.float64))
        self._whole.ratio(page, "rolled_over", gross_in - new_in, gross_in)
        rows = credited.kept & scope.inside(credited.day)
        led = rows & (credited.click >= 0)
        known = np.maximum(credited.amount, 0) / _MINOR
        for name, weight in (("shelf_share_of_money", known), ("shelf_share_of_purchases", np.ones(len(known)))):
            x, y = (np.bincount(credited.customer[of], weight[of], size) for of in (led, rows))
            self._whole.ratio(page, name, x.astype(np.float64), y.astype(np.float64))

    def metrics(self) -> list[Metric]:
        """New money of an active customer, what of the money in only moved, what of it came by the shelf."""
        return self._whole.metrics()


def _moved(page: Page, scope: Scope) -> Movements:
    """Purchases that were kept, redemptions and maturities, each customer's in the order of time."""
    credited, events = page.credited, page.happened
    families = len(scope.windows.family)
    kept = credited.kept & (credited.amount > 0) & (credited.category < families)
    out = events.of("redeem", "mature") & (events.amount > 0) & (events.category >= 0) & (events.category < families)
    parts = [(credited, kept, 1), (events, out, -1)]

    def column(name: str) -> Ints:
        return np.concatenate([getattr(of, name)[rows] for of, rows, _ in parts])

    sign = np.concatenate([np.full(int(rows.sum()), way) for _, rows, way in parts])
    order = np.lexsort((sign, column("at"), column("customer")))
    renewal: Bools = column("kind")[order] == KIND["renewal"]
    amount = (column("amount") * sign)[order]
    return Movements(column("customer")[order], column("category")[order], column("day")[order], amount, renewal)


def _by_customer(moved: Movements, rows: Bools, size: int) -> Floats:
    return np.bincount(moved.customer[rows], moved.amount[rows] / _MINOR, size).astype(np.float64)

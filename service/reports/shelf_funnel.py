"""From cards served to cards seen, clicked, applied for, funded and kept, each step of the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from recommender.training_data import Bools
from service.reports._clicks import applied_clicks, gone, is_over, led
from service.reports._page import Page
from service.reports._shown import Shown, group_of, groups_by
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally

HELD_DAYS = 30
_STEPS = (
    Counted("seen_rate", "card", beside=1),
    Counted("click_rate", "card", beside=3),
    Counted("apply_rate", "last_click", "category", beside=1),
    Counted("funded_rate", "last_click", "category"),
    Counted("funded_of_seen", "last_click", "category", beside=1),
    Counted("same_product", "last_click", "category"),
    Counted("held_rate", "customer", HELD_DAYS),
)


class ShelfFunnel:
    """Of the cards of shelves that were decided in the days asked about.

    What needs time is counted only of cards whose time is over: an application or a purchase of those whose
    attribution window has ended, so that a late click is no failure, and whoever did not buy is in the denominator.
    """

    by: ClassVar[tuple[str, ...]] = ("tier", "slot", "stage", "category", "segment")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        groups = groups_by(scope)
        self._tallies = [Tally(counted, groups) for counted in _STEPS]

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shown = Shown.of(page)
        inside, group = self._scope.inside(shown.day), group_of(shown, self._scope)
        for tally, (hit, of, *beside) in zip(self._tallies, self._steps(page, shown), strict=True):
            rows = of & inside
            counts = [one[rows].astype(np.float64) for one in (hit, of, *beside)]
            tally.add(page.customers, shown.customer[rows], group[rows], *counts)

    def metrics(self) -> list[Metric]:
        """The steps in their order, each by group."""
        return [metric for tally in self._tallies for metric in tally.metrics()]

    def _steps(self, page: Page, shown: Shown) -> Iterator[tuple[Bools, ...]]:
        """Of each step the cards that took it, those it is counted of, and those of them that another step tells."""
        credited, kept = page.credited, page.credited.kept
        funded = led(shown, credited.click[kept])
        same = led(shown, credited.click[kept & credited.same])
        over = is_over(page, shown, self._scope)
        young = shown.seen & ~over
        yield shown.seen, np.ones(len(shown.tier), dtype=np.bool_), young
        yield shown.clicked, shown.seen, young, young & shown.clicked, young & ~shown.clicked
        yield led(shown, applied_clicks(page, self._scope)), shown.clicked & over, ~funded
        yield funded, shown.clicked & over
        yield funded, shown.seen & over, ~shown.clicked
        yield same, funded & over
        lasting = kept & (credited.click >= 0) & (credited.day + HELD_DAYS < self._scope.until)
        left = gone(page, lasting, HELD_DAYS)
        yield ~led(shown, credited.click[lasting][left]), led(shown, credited.click[lasting])

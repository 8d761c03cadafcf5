"""What the shelf wins over: customers of other channels, of other product lines, and first purchases of a category."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommender.training_data import Bools, Ints
from service.reports._clicks import is_over, led
from service.reports._firsts import firsts
from service.reports._page import UNKNOWN, Page
from service.reports._shown import Shown
from service.reports._whole import Whole
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted

_NEVER = np.iinfo(np.int64).max


class CrossSelling:
    """Complementary acquisition, cross-acquisition and cross-sell conversion in the days asked about.

    `complementary_acquisition`: customers with their first shelf, of those whom the bank knew before the days and who
    had never opened one. `cross_acquisition`: customers who bought in a zone for the first time, credited to a shelf
    click, of those who had bought elsewhere before the days and opened a shelf in them. `cross_sell_conversion`: cards
    that led to a purchase, of those seen whose window is over and of whose category the customer had bought nothing
    before the day of the card. What was bought before the bank's first event is not known.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._whole = Whole(
            [
                Counted("complementary_acquisition", "customer"),
                Counted("cross_acquisition", "last_click", "category"),
                Counted("cross_sell_conversion", "last_click", "category"),
            ]
        )

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        scope, shelves, events, credited = self._scope, page.shelves, page.happened, page.credited
        view = page.first(shelves.customer, shelves.day)
        known = page.having(events.customer[events.day < scope.since])
        known |= (page.joined >= 0) & (page.joined < scope.since)
        strange = known & ((view < 0) | (view >= scope.since))
        self._whole.share(page, "complementary_acquisition", view >= 0, strange)
        kept = np.flatnonzero(credited.kept & (credited.category < len(scope.zone)))
        customer, day = credited.customer[kept], credited.day[kept]
        new = firsts(customer, scope.zone[credited.category[kept]], credited.at[kept])
        won = page.having(customer[new & (credited.click[kept] >= 0) & scope.inside(day)])
        heard = page.having(shelves.customer[scope.inside(shelves.day) & shelves.heard])
        self._whole.share(page, "cross_acquisition", won, heard & page.having(customer[day < scope.since]))
        self._conversion(page)

    def metrics(self) -> list[Metric]:
        """Customers new to the shelf, customers new to a zone, cards of what is new to the customer."""
        return self._whole.metrics()

    def _conversion(self, page: Page) -> None:
        shown, credited = Shown.of(page), page.credited
        rows = self._scope.inside(shown.day) & shown.seen & (shown.category >= 0) & is_over(page, shown, self._scope)
        of = rows & (_first_day(page, shown) >= shown.day)
        funded = of & led(shown, credited.click[credited.kept])
        x, y = (np.bincount(shown.customer[cards], minlength=page.customers) for cards in (funded, of))
        self._whole.ratio(page, "cross_sell_conversion", x.astype(np.float64), y.astype(np.float64))


def _first_day(page: Page, shown: Shown) -> Ints:
    """The day of the customer's first purchase of the category of each card; of none a day that never comes."""
    credited = page.credited
    size = max(int(credited.category.max(initial=0)), int(shown.category.max(initial=0))) + 2
    kept: Bools = credited.kept
    first = np.full(page.customers * size, _NEVER, dtype=np.int64)
    np.minimum.at(first, credited.customer[kept] * size + credited.category[kept] - UNKNOWN, credited.day[kept])
    found: Ints = first[shown.customer * size + shown.category - UNKNOWN]
    return found

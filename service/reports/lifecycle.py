"""The five steps of AARRR and the six of 6R, each as a share of the customers who could have taken it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommender.attribution import TIERS
from recommender.training_data import Bools, Ints
from service.reports._firsts import firsts
from service.reports._last import last_of
from service.reports._page import MODES, STAGES, Page
from service.reports._whole import Whole
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted

START_DAYS, WEEKS, QUIET_DAYS = 30, 4, 60
_VALUE = STAGES.index("value")
_STEPS = (
    Counted("acquisition", "customer"),
    Counted("activation", "customer", START_DAYS),
    Counted("retention", "customer", 7 * WEEKS),
    Counted("revenue", "last_click", "category"),
    Counted("referral", "none", unit="per customer"),
    Counted("recruitment", "customer", START_DAYS),
    Counted("reproduction", "customer"),
    Counted("repeat_purchase", "customer"),
    Counted("retargeting", "customer"),
    Counted("cross_sell", "last_click", "category", "per customer"),
    Counted("cross_sell_anywhere", "none", unit="per customer", beside=1),
    Counted("reservation", "customer", 7 * WEEKS),
)


class Lifecycle:
    """Of the customers of the bank in the days asked about; docs/reports.md says what each step counts of whom.

    Whoever is asked what they did within some days had these days before the last one: a newcomer of yesterday has not
    failed to come back.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope, self._whole = scope, Whole(_STEPS)

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        view = page.first(page.shelves.customer, page.shelves.day)
        self._beginners(page, view)
        self._returning(page, view)
        self._money(page)
        self._stayed(page)

    def metrics(self) -> list[Metric]:
        """AARRR, then 6R, then cross-selling."""
        return self._whole.metrics()

    def _beginners(self, page: Page, view: Ints) -> None:
        """Who came, and what they did in their first thirty days with the shelf."""
        scope, events, credited = self._scope, page.happened, page.credited
        done = page.first(events.customer, events.day)
        earliest = np.where((view >= 0) & ((done < 0) | (view < done)), view, done)
        new = scope.inside(np.where(page.joined >= 0, page.joined, earliest))
        self._whole.share(page, "acquisition", scope.inside(view), new)
        begun = scope.inside(view) & (view + START_DAYS < scope.until)

        def early(customer: Ints, day: Ints, rows: Bools) -> Bools:
            since = view[customer[rows]]
            return page.having(customer[rows][(since >= 0) & (day[rows] >= since) & (day[rows] <= since + START_DAYS)])

        looked, task = (early(events.customer, events.day, events.of(kind)) for kind in ("detail", "task_done"))
        funded = early(credited.customer, credited.day, credited.kept)
        self._whole.share(page, "activation", (looked & task) | funded, begun)
        tier = np.isin(events.tier, (TIERS.index("public"), TIERS.index("transferable")))
        self._whole.share(
            page, "recruitment", early(events.customer, events.day, events.of("click") & tier), begun & new
        )

    def _returning(self, page: Page, view: Ints) -> None:
        """Who came back: in the last weeks, after a long silence, by invitation."""
        scope, shelves, events = self._scope, page.shelves, page.happened
        week = (scope.until - 1 - shelves.day) // 7
        recent = week < WEEKS
        weeks = np.bincount(
            np.unique(shelves.customer[recent] * WEEKS + week[recent]) // WEEKS, minlength=page.customers
        )
        self._whole.share(page, "retention", weeks >= 2, (view >= 0) & (view < scope.until - 7 * WEEKS))
        customer, day = (np.concatenate(of) for of in zip(*_done(page), strict=True))
        known = page.having(customer[day < scope.since])
        lately = page.having(customer[(day < scope.since) & (day >= scope.since - QUIET_DAYS)])
        viewed = page.having(shelves.customer[scope.inside(shelves.day)])
        self._whole.share(page, "retargeting", viewed, known & ~lately)
        active = page.having(customer[scope.inside(day)])
        invited = scope.inside(page.first(events.customer[events.invited], events.day[events.invited]))
        self._whole.ratio(page, "referral", invited.astype(np.float64), active.astype(np.float64))

    def _money(self, page: Page) -> None:
        """Who bought, from the shelf and anywhere, again and for the first time."""
        scope, credited, shelves = self._scope, page.credited, page.shelves
        kept = np.flatnonzero(credited.kept)
        customer, day = credited.customer[kept], credited.day[kept]
        led, inside = credited.click[kept] >= 0, scope.inside(credited.day[kept])
        heard = page.having(shelves.customer[scope.inside(shelves.day) & shelves.heard])
        self._whole.share(page, "revenue", page.having(customer[led & inside]), heard)
        first = firsts(customer, credited.category[kept], credited.at[kept])
        before = page.having(customer[day < scope.since])
        self._whole.share(page, "repeat_purchase", page.having(customer[inside & ~first]), before)
        active = page.having(np.concatenate([who[scope.inside(of)] for who, of in _done(page)]))
        sold, elsewhere = (
            np.bincount(customer[first & inside & rows], minlength=page.customers).astype(np.float64)
            for rows in (led, ~led)
        )
        of = active.astype(np.float64)
        self._whole.ratio(page, "cross_sell", sold, of)
        self._whole.ratio(page, "cross_sell_anywhere", sold + elsewhere, of, elsewhere)

    def _stayed(self, page: Page) -> None:
        """Who took up something new, and who stayed of value."""
        scope, events, shelves = self._scope, page.happened, page.shelves
        new = scope.inside(events.day) & (events.tier == TIERS.index("transferable"))
        clicked = page.having(events.customer[new & events.of("click")])
        seen = page.having(events.customer[new & events.of("click", "impression")])
        self._whole.share(page, "reproduction", clicked, seen)
        personal = scope.inside(shelves.day) & (shelves.mode == MODES.index("personal"))
        lately = shelves.day >= scope.until - 7 * WEEKS
        first = last_of(shelves.customer, -shelves.at, personal)
        last = last_of(shelves.customer, shelves.at, personal & lately)
        first, last = (places[shelves.stage[places] == _VALUE] for places in (first[~lately[first]], last))
        self._whole.share(
            page, "reservation", page.having(shelves.customer[last]), page.having(shelves.customer[first])
        )


def _done(page: Page) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Whose events and whose shelves there are, and on which days."""
    return (page.happened.customer, page.happened.day), (page.shelves.customer, page.shelves.day)

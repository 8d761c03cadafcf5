"""From cards served to cards seen, clicked, applied for, funded and kept, each step of the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from recommender.training_data import Bools, Ints
from service.reports._clicks import applied_clicks, gone
from service.reports._page import Page
from service.reports._shown import Shown, group_of, groups_by
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally

HELD_DAYS = 30
_STEPS = (
    Counted("seen_rate", "card"),
    Counted("click_rate", "card"),
    Counted("apply_rate", "last_click", "category"),
    Counted("funded_rate", "last_click", "category"),
    Counted("funded_of_seen", "last_click", "category"),
    Counted("same_product", "last_click", "category"),
    Counted("held_rate", "customer", HELD_DAYS),
)


class ShelfFunnel:
    """Of the cards of shelves that were decided in the days asked about.

    What needs time is counted only of cards whose time is over: an application or a purchase of those whose
    attribution window has ended, so that a late click is no failure, and whoever did not buy is in the denominator.
    """

    by: ClassVar[tuple[str, ...]] = ("tier", "slot", "stage", "category")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        groups = groups_by(scope)
        self._tallies = [Tally(counted, groups) for counted in _STEPS]

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shown = Shown.of(page)
        inside, group = self._scope.inside(shown.day), group_of(shown, self._scope)
        for tally, (hit, of) in zip(self._tallies, self._steps(page, shown), strict=True):
            rows = of & inside
            tally.add(
                page.customers, shown.customer[rows], group[rows], hit[rows].astype(np.float64), np.ones(rows.sum())
            )

    def metrics(self) -> list[Metric]:
        """The steps in their order, each by group."""
        return [metric for tally in self._tallies for metric in tally.metrics()]

    def _steps(self, page: Page, shown: Shown) -> Iterator[tuple[Bools, Bools]]:
        """Of each step the cards that took it, and the cards it is counted of."""
        credited, cards = page.credited, len(shown.tier)
        kept = credited.kept & (credited.click >= 0)
        funded = _any(_card(shown, credited.click[kept]), cards)
        same = _any(_card(shown, credited.click[kept & credited.same]), cards)
        over = self._over(page, shown)
        yield shown.seen, np.ones(cards, dtype=np.bool_)
        yield shown.clicked, shown.seen
        yield _any(_card(shown, applied_clicks(page, self._scope)), cards), shown.clicked & over
        yield funded, shown.clicked & over
        yield funded, shown.seen & over
        yield same, funded & over
        lasting = kept & (credited.day + HELD_DAYS < self._scope.until)
        left = gone(page, lasting, HELD_DAYS)
        lost = _any(_card(shown, credited.click[lasting][left]), cards)
        yield ~lost, _any(_card(shown, credited.click[lasting]), cards)

    def _over(self, page: Page, shown: Shown) -> Bools:
        """Whether the window of a card's category, from its last click on, has ended."""
        clicks = np.flatnonzero(page.happened.of("click") & (shown.of_event >= 0))
        last = shown.day.copy()
        np.maximum.at(last, shown.of_event[clicks], page.happened.day[clicks])
        window = self._scope.windows.attribution
        days = np.where(
            (shown.category >= 0) & (shown.category < len(window)),
            window[np.minimum(shown.category, len(window) - 1)],
            0,
        )
        over: Bools = last + days < self._scope.until
        return over


def _card(shown: Shown, event: Ints) -> Ints:
    """The card of each of some events, -1 excepted."""
    return shown.of_event[event[event >= 0]]


def _any(card: Ints, cards: int) -> Bools:
    found: Bools = np.bincount(card[card >= 0], minlength=cards) > 0
    return found

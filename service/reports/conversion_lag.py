"""How long after a click money follows: the share funded by each day, of all clicks, those without a purchase too."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from service.reports._clicks import first_purchase
from service.reports._kaplan_meier import kaplan_meier
from service.reports._lag_people import days_told, people_by, sides_of
from service.reports._page import Page
from service.reports._shown import Shown, group_of, groups_by
from service.reports.metric import Metric
from service.reports.scope import Scope


class ConversionLag:
    """Kaplan–Meier's curve of the days from a click on a card to the purchase that is credited to it.

    Censored is what ends with the days asked about, and nothing else. A click whose category's window has ended stays
    among those not funded. One that another click on the category has followed can no more be credited, and stays so
    too, but for as long only as it could have been followed itself: else young clicks would count where they failed and
    be left out where they have not yet (the subdistribution of Fine and Gray with known ends). The numerator is how
    many were funded by the day, the denominator all clicks of the days asked about; the value is 1 − S(day), which is
    more than their ratio where clicks were not followed so long. Its interval is log-log (Kalbfleisch and Prentice)
    with Greenwood's variance, over clicks as if they were independent.

    The curve is told on a few days: whoever was funded from one to the next is a side of the metric, and so is whoever
    was left in between, of whom there are as many as the growth of the curve gives away.
    """

    by: ClassVar[tuple[str, ...]] = ("tier", "slot", "stage", "category", "segment")

    def __init__(self, scope: Scope) -> None:
        self._scope, self._groups = scope, groups_by(scope)
        window = scope.windows.attribution
        self._days = int(window.max(initial=0)) + 1
        self._funded, self._left = np.zeros((2, len(self._groups), self._days), dtype=np.int64)
        self._told = days_told(self._days)
        self._people = np.zeros((len(self._groups), 5, len(self._told)), dtype=np.int64)

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shown, events, scope = Shown.of(page), page.happened, self._scope
        window = scope.windows.attribution
        clicks = np.flatnonzero(
            events.of("click") & (shown.of_event >= 0) & (events.category >= 0) & (events.category < len(window))
        )
        bought = first_purchase(page)[clicks] - events.day[clicks]
        until = scope.until - 1 - events.day[clicks]
        never = window[events.category[clicks]] <= until
        funded = bought >= 0
        bought = np.minimum(bought, self._days - 1)  # credits of a law that had longer windows
        group = group_of(shown, scope)[shown.of_event[clicks]]
        rows = scope.inside(events.day[clicks]) & (group >= 0)
        cell = group * self._days + np.where(funded, bought, np.where(never, self._days - 1, until))
        shape = self._funded.shape
        self._funded += np.bincount(cell[rows & funded], minlength=self._funded.size).reshape(shape)
        self._left += np.bincount(cell[rows & ~funded], minlength=self._funded.size).reshape(shape)
        lag, left = np.where(funded, bought, self._days), np.where(funded | never, self._days, until)
        of = (events.customer[clicks][rows], group[rows], lag[rows], left[rows])
        self._people += people_by(self._told, of, len(self._groups))

    def metrics(self) -> list[Metric]:
        """The curve of each group: a metric a day on which it is told."""
        return [metric for number in range(len(self._groups)) for metric in self._curve(number)]

    def _curve(self, number: int) -> list[Metric]:
        funded, left = self._funded[number], self._left[number]
        clicks, people = int((funded + left).sum()), sides_of(self._people[number])
        curve, low, high = kaplan_meier(funded, left)
        by_day = np.cumsum(funded)
        told = []
        for day, sides in zip(self._told, people, strict=True):
            group = {**self._groups[number], "day": str(day)}
            value, least, most = (float(of[day]) if clicks else None for of in (curve, low, high))
            counts, how = (float(by_day[day]), float(clicks)), "kaplan_meier" if clicks else "none"
            one = ("funded_by_day", group, *counts, value, least, most, how, "last_click", int(day))
            told.append(Metric(*one, customers=sides[0], sides=sides))
        return told

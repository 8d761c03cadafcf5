"""On which shelves the rules of the policy acted, what they withheld, and what became of the cards that they pin."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommender.training_data import Bools
from service.reports._page import MODES, Page
from service.reports._pinned import Pinned
from service.reports._shown import Shown
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally

_OF_SHELVES = (
    Counted("rule_acted", "none"),
    Counted("rule_withheld", "none", unit="mean"),
    Counted("pin_placed", "none", beside=1),
)
_OF_CARDS = tuple(Counted(name, "card") for name in ("pin_seen", "pin_clicked", "beside_seen", "beside_clicked"))


class RulesActed:
    """Of the personal shelves that were decided in the days asked about, while personalisation was on.

    A rule is known by its name, whatever policy had it; its pin is that of the version that decided. Cards are told of
    the shelves on which the pinned one stood: that one, and beside it those that no rule featured. What a rule does not
    do is not told of it: where it acted on no shelf, withheld nothing, pinned nothing.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope, governed = scope, scope.governed
        groups = [{"rule": name} for name in governed.rules]
        self._pinning = sorted({governed.rules[name] for _, name in governed.pins})
        self._acted, self._withheld, self._placed = (Tally(counted, groups) for counted in _OF_SHELVES)
        self._cards = [Tally(counted, groups) for counted in _OF_CARDS]

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shelves, acted, size = page.shelves, page.acted, len(self._scope.governed.rules)
        counted = self._scope.inside(shelves.day) & shelves.heard & (shelves.mode == MODES.index("personal"))
        rows = counted[acted.shelf] & (acted.rule >= 0)
        owner, rule = shelves.customer[acted.shelf[rows]], acted.rule[rows]
        had = np.bincount(shelves.customer[counted], minlength=page.customers).astype(np.float64)
        hits = np.bincount(owner * size + rule, minlength=page.customers * size).astype(np.float64)
        customer, group = np.repeat(np.arange(page.customers), size), np.tile(np.arange(size), page.customers)
        self._acted.add(page.customers, customer, group, hits, had[customer])
        self._withheld.add(page.customers, owner, rule, acted.withheld[rows].astype(np.float64), np.ones(len(owner)))
        if self._pinning:
            shown = Shown.of(page)
            for number in self._pinning:
                self._add_pinned(page, shown, number, rows & (acted.rule == number))

    def _add_pinned(self, page: Page, shown: Shown, number: int, rows: Bools) -> None:
        pinned, owner = Pinned.of(page, shown, rows), page.shelves.customer[page.acted.shelf[rows]]
        sides = [one.astype(np.float64) for one in (pinned.stands, pinned.pins, ~pinned.pins)]
        self._placed.add(page.customers, owner, np.full(len(owner), number), *sides)
        cards = (pinned.own, pinned.own & shown.seen, pinned.beside, pinned.beside & shown.seen)
        for tally, of, hit in zip(self._cards, cards, (shown.seen, shown.clicked) * 2, strict=True):
            group = np.full(of.sum(), number)
            tally.add(page.customers, shown.customer[of], group, hit[of].astype(np.float64), np.ones(len(group)))

    def metrics(self) -> list[Metric]:
        """Each metric of the rules that it has something of."""
        pins = self._placed.sums[1]
        found = [(self._acted, self._acted.sums[0]), (self._withheld, self._withheld.sums[0]), (self._placed, pins)]
        found += [(tally, pins) for tally in self._cards]
        return [one for tally, some in found for one, is_some in zip(tally.metrics(), some > 0, strict=True) if is_some]

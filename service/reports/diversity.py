"""How different the cards of a shelf are from one another and from the shelf before, and what is ever shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from recommender.attribution import TIERS
from recommender.evaluation.wilson import WilsonInterval
from recommender.training_data import Bools, Floats, Ints
from service.reports._governed import UNKNOWN_NAME
from service.reports._page import STAGES, UNKNOWN, Page
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally


class Diversity:
    """Of the shelves that were decided in the days asked about, or of their parts in each tier.

    `entropy` is Shannon's of the categories over the most that so many cards can have: 0 one category, 1 no two cards
    of the same one; of shelves with two cards or more. `repeat_ratio` is the share of cards whose product stood on the
    customer's shelf before; `coverage` the share of the products of the catalogue that anybody was shown.
    """

    by: ClassVar[tuple[str, ...]] = ("tier", "stage", "segment")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._groups = _groups(scope)
        self._entropy = Tally(Counted("entropy", "none", unit="index"), self._groups)
        self._categories = Tally(Counted("categories_of_shelf", "none", unit="mean"), self._groups)
        self._repeat = Tally(Counted("repeat_ratio", "customer"), self._groups)
        self._shown = np.zeros((len(self._groups), scope.products), dtype=np.bool_)
        self._customers = np.zeros(len(self._groups), dtype=np.int64)

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shelves, cards, size = page.shelves, page.cards, len(self._groups)
        group = _group_of(page, self._scope)
        inside = self._scope.inside(shelves.day)[cards.shelf] & (group >= 0)
        part, of_card = np.unique(cards.shelf[inside] * size + group[inside], return_inverse=True)
        customer, number = shelves.customer[part // size], part % size
        sizes, entropy, categories = _spread(of_card, cards.category[inside], len(part))
        several = sizes >= 2
        self._entropy.add(page.customers, customer[several], number[several], entropy[several], np.ones(several.sum()))
        self._categories.add(page.customers, customer, number, categories, np.ones(len(part)))
        again, before = _again(page, group)
        counted = inside & before
        owner = shelves.customer[cards.shelf[counted]]
        self._repeat.add(
            page.customers, owner, group[counted], again[counted].astype(np.float64), np.ones(counted.sum())
        )
        known = inside & (cards.product >= 0) & (cards.product < self._shown.shape[1])
        self._shown[group[known], cards.product[known]] = True
        self._customers += np.bincount(np.unique(customer * size + number) % size, minlength=size)

    def metrics(self) -> list[Metric]:
        """Within a shelf, between shelves, over all shelves."""
        within = [*self._entropy.metrics(), *self._categories.metrics(), *self._repeat.metrics()]
        return [*within, *(self._coverage(number) for number in range(len(self._groups)))]

    def _coverage(self, number: int) -> Metric:
        shown, products = float(self._shown[number].sum()), float(self._shown.shape[1])
        group, customers = self._groups[number], int(self._customers[number])
        if not products:
            none = Metric("coverage", group, 0.0, 0.0, None, None, None, "none", "none")
            return none._replace(customers=customers, sides=(customers,))
        low, high = (float(one) for one in WilsonInterval.of(shown, products))
        told = ("coverage", group, shown, products, shown / products, low, high, "wilson", "none")
        return Metric(*told, customers=customers, sides=(customers,))


def _groups(scope: Scope) -> Sequence[Mapping[str, str]]:
    names = {"tier": TIERS, "stage": STAGES, "segment": scope.governed.segments}
    return [{scope.by: name} for name in names[scope.by]] if scope.by else [{}]


def _group_of(page: Page, scope: Scope) -> Ints:
    if scope.by == "tier":
        return page.cards.tier
    if scope.by == "segment":
        segment = page.shelves.segment[page.cards.shelf]
        return np.where(segment >= 0, segment, scope.governed.segments[UNKNOWN_NAME])
    stage: Ints = page.shelves.stage[page.cards.shelf]
    return stage if scope.by == "stage" else np.zeros_like(page.cards.shelf)


def _spread(part: Ints, category: Ints, parts: int) -> tuple[Floats, Floats, Floats]:
    """Of each part of a shelf how many cards, the entropy of their categories in [0, 1], how many categories."""
    span = int(category.max(initial=0)) + 2
    cell, count = np.unique(part * span + category + 1, return_counts=True)
    of = cell // span
    sizes = np.bincount(part, minlength=parts).astype(np.float64)
    share = count / sizes[of]
    entropy = np.bincount(of, -share * np.log(share), parts)
    most = np.log(np.maximum(sizes, 2.0))
    return sizes, entropy / most, np.bincount(of, minlength=parts).astype(np.float64)


def _again(page: Page, group: Ints) -> tuple[Bools, Bools]:
    """Whether each card's product stood in the same group of the customer's shelf before, and whether there was one."""
    shelves, cards = page.shelves, page.cards
    order = np.lexsort((np.arange(len(shelves.at)), shelves.at, shelves.customer))
    previous = np.full(len(order), UNKNOWN, dtype=np.int64)
    same = shelves.customer[order][1:] == shelves.customer[order][:-1]
    previous[order[1:][same]] = order[:-1][same]
    span, size = int(cards.product.max(initial=0)) + 2, int(group.max(initial=0)) + 2
    key = (cards.shelf * size + group + 1) * span + cards.product + 1
    before = previous[cards.shelf]
    wanted = (before * size + group + 1) * span + cards.product + 1
    return np.isin(wanted, key) & (before >= 0), before >= 0

"""Whom each tier reaches: cards and categories of a tier on everybody's last personal shelf."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from service.reports._last import last_of
from service.reports._page import MODES, Page
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted, Tally
from shelf_rules.decision import TIERS


class TierReach:
    """Of the last personal shelf in the days asked about of every customer who had one."""

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        groups = [{"tier": tier} for tier in TIERS]
        self._reached = Tally(Counted("tier_reach", "none"), groups)
        self._cards = Tally(Counted("tier_cards", "none", unit="mean"), groups)
        self._categories = Tally(Counted("tier_categories", "none", unit="mean"), groups)

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shelves, size = page.shelves, len(TIERS)
        personal = self._scope.inside(shelves.day) & (shelves.mode == MODES.index("personal"))
        last = last_of(shelves.customer, shelves.at, personal)
        of_tier = (page.cards.tier >= 0) & (page.cards.tier < size)
        cell = page.cards.shelf[of_tier] * size + page.cards.tier[of_tier]
        cards = np.bincount(cell, minlength=len(shelves.at) * size).reshape(-1, size)[last]
        customer, group = np.repeat(shelves.customer[last], size), np.tile(np.arange(size), len(last))
        counts, ones = cards.ravel().astype(np.float64), np.ones(cards.size)
        self._reached.add(page.customers, customer, group, (counts > 0).astype(np.float64), ones)
        self._cards.add(page.customers, customer, group, counts, ones)
        rows = zip(shelves.customer[last].tolist(), shelves.version[last].tolist(), strict=True)
        known = [(row[0], page.tiers[row].of) for row in rows if row in page.tiers]
        owners = np.repeat(np.array([who for who, _ in known], dtype=np.int64), size)
        told = np.array([np.bincount(of, minlength=size + 1)[1:] for _, of in known], dtype=np.float64).ravel()
        self._categories.add(page.customers, owners, np.tile(np.arange(size), len(known)), told, np.ones(told.size))

    def metrics(self) -> list[Metric]:
        """How many customers a tier reaches, and with how much."""
        return [*self._reached.metrics(), *self._cards.metrics(), *self._categories.metrics()]

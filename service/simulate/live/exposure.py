"""Which cards were seen lately, and what that does to purchases."""

from __future__ import annotations

import numpy as np

from service.simulate.chance import Bools, Floats, Ints, Singles

DAYS = 7
"""For so long a card that was seen is remembered."""
SHARE = 0.5
"""Of the wishes of a week, the share that is fulfilled on the shelf where a card of the category is seen there."""
_NEVER = -10_000


class Exposure:
    """The last day on which each customer saw a card of each product and category; days count from the first one."""

    def __init__(self, customers: int, products: int, categories: int) -> None:
        self._product = np.full((customers, products), _NEVER, dtype=np.int16)
        self._category = np.full((customers, categories), _NEVER, dtype=np.int16)

    def saw(self, customer: Ints, product: Ints, category: Ints, day: int) -> None:
        """Remembers cards that were seen."""
        self._product[customer, product] = day
        self._category[customer, category] = day

    def recent(self, customer: Ints, product: Ints, day: int) -> Bools:
        """Whether a card of the product was seen within the days before."""
        lately: Bools = self._product[customer, product] >= day - DAYS
        return lately

    def recent_categories(self, day: int) -> Bools:
        """(customer, category): whether a card of it was seen within the days before."""
        lately: Bools = self._category >= day - DAYS
        return lately

    def elsewhere(self, day: int) -> Singles:
        """(customer, category): the share of wishes that is left to be fulfilled elsewhere."""
        return np.where(self.recent_categories(day), np.float32(1.0 - SHARE), np.float32(1.0))

    def on_shelf(self, customer: Ints, category: Ints, day: int) -> Floats:
        """The share of a week's wishes that a look at a card now fulfils: less where one was seen days ago."""
        gap = np.clip(day - self._category[customer, category].astype(np.int64), 0, DAYS)
        share: Floats = SHARE * gap / DAYS
        return share

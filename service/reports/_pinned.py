"""Which cards of some shelves a rule of the policy pinned, and which ones stood beside them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.training_data import Bools
from service.reports._page import UNKNOWN, Page
from service.reports._shown import Shown


class Pinned(NamedTuple):
    """Of each entry of one rule whether it pins there and whether its card stands; its cards, and those beside them.

    Beside are the cards of the shelves on which its own stands that no rule featured.
    """

    pins: Bools
    stands: Bools
    own: Bools
    beside: Bools

    @classmethod
    def of(cls, page: Page, shown: Shown, rows: Bools) -> Pinned:
        """Of entries of `Page.acted`, all of one rule, and the cards of a page."""
        acted, size = page.acted, len(page.shelves.at)
        shelf = acted.shelf[rows]
        pin, place = np.full((2, size + 1), UNKNOWN, dtype=np.int64)  # the last one: of no shelf
        pin[shelf], place[shelf] = acted.pin[rows], acted.place[rows]
        own = shown.featured & (shown.product >= 0)
        own &= (shown.product == pin[shown.shelf]) & (shown.tier == place[shown.shelf])
        stands = np.zeros(size + 1, dtype=np.bool_)
        stands[shown.shelf[own]] = True
        return cls(place[shelf] >= 0, stands[shelf], own, stands[shown.shelf] & ~shown.featured)

"""Holding spells, as growing columns."""

from __future__ import annotations

import numpy as np

from service.simulate.chance import MISSING, NONE, Bools, Ints

BLOCKED = -2
"""In `held`: not held, but not to be bought either (cancelled for good, or left in this very step)."""


class Spells:
    """One entry a spell; a customer has at most one open spell of a product at a time."""

    COLUMNS = ("customer", "product", "opened", "closed", "matures", "cents")

    def __init__(self, customers: int, products: int) -> None:
        self.size = 0
        self.customer = self.product = self.opened = self.closed = self.matures = self.cents = np.zeros(0, np.int64)
        self.held = np.full((customers, products), NONE, dtype=np.int32)
        self.ever = np.zeros((customers, products), dtype=np.bool_)

    def widen(self, customers: int, products: int) -> None:
        """Makes room for more customers and products."""
        more = [(0, customers - self.held.shape[0]), (0, products - self.held.shape[1])]
        self.held = np.pad(self.held, more, constant_values=NONE)
        self.ever = np.pad(self.ever, more)

    def open(self, customer: Ints, product: Ints, opened: Ints, matures: Ints, cents: Ints) -> Ints:
        """Opens spells of products that the customers do not hold; returns their places."""
        places = np.arange(self.size, self.size + customer.size)
        self.size += customer.size
        self._reach(self.size)
        for name, values in zip(self.COLUMNS, (customer, product, opened, MISSING, matures, cents), strict=True):
            getattr(self, name)[places] = values
        self.held[customer, product] = places
        self.ever[customer, product] = True
        return places

    def close(self, places: Ints, closed: Ints) -> None:
        """Closes spells; their products are blocked until `unblock`, their last balance stays."""
        self.closed[places] = closed
        self.held[self.customer[places], self.product[places]] = BLOCKED

    def unblock(self, places: Ints) -> None:
        """Lets the products of closed spells be bought again."""
        self.held[self.customer[places], self.product[places]] = NONE

    def open_now(self) -> Bools:
        """Which spells are open."""
        still: Bools = self.closed[: self.size] == MISSING
        return still

    def _reach(self, size: int) -> None:
        room = self.customer.size
        if size > room:
            for name in self.COLUMNS:
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros(max(size, 2 * room) - room, np.int64)]))

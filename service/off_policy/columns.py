"""Drawn cards of many decisions as the columns that the estimators read, by the place on which they stood."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from recommender.off_policy.rows import LoggedRows
from recommender.training_data import Floats
from service.off_policy.drawn import DrawnCard

_PLAIN = ("customer", "action", "reward", "logged", "candidate", "supported", "before", "products", "chances")


@dataclass(slots=True)
class Columns:
    """Rows in the making, a few hundred bytes each.

    `empty` counts the decisions whose slot the candidate leaves so, `other_task` the cards that it gives another task.
    """

    customer: array[int] = field(default_factory=lambda: array("q"))
    action: array[int] = field(default_factory=lambda: array("q"))
    reward: array[float] = field(default_factory=lambda: array("d"))
    logged: array[float] = field(default_factory=lambda: array("d"))
    candidate: array[float] = field(default_factory=lambda: array("d"))
    supported: array[float] = field(default_factory=lambda: array("d"))
    before: array[float] = field(default_factory=lambda: array("d"))
    ends: array[int] = field(default_factory=lambda: array("q", [0]))
    products: array[int] = field(default_factory=lambda: array("q"))
    chances: array[float] = field(default_factory=lambda: array("d"))
    empty: int = 0
    other_task: int = 0

    def add(self, customer: int, card: DrawnCard, product_nos: tuple[int, ...], *, reward: bool) -> None:
        """One card with the products of its row and of its chances."""
        if not card.chances:
            self.empty += 1
            return
        self.other_task += card.other_task
        self.customer.append(customer)
        self.action.append(product_nos[0])
        self.reward.append(float(reward))
        for name in ("logged", "candidate", "supported", "before"):
            getattr(self, name).append(getattr(card, name))
        self.products.extend(product_nos[1:])
        self.chances.extend(card.chances.values())
        self.ends.append(len(self.products))

    @classmethod
    def joined(cls, parts: Iterable[Columns]) -> Columns:
        """The cards of several places as if they stood on one."""
        whole = cls()
        for part in parts:
            for name in _PLAIN:
                getattr(whole, name).extend(getattr(part, name))
            start = whole.ends[-1]
            whole.ends.extend(start + end for end in part.ends[1:])
            whole.empty += part.empty
            whole.other_task += part.other_task
        return whole

    def rows(self) -> LoggedRows:
        """The rows, products numbered from 0."""
        action, offered = np.array(self.action, np.int64), np.array(self.products, np.int64)
        known, number = np.unique(np.concatenate([action, offered]), return_inverse=True)
        shape = (len(action), max(len(known), 1))
        chances = csr_array((np.array(self.chances), number[len(action) :], np.array(self.ends)), shape=shape)
        plain = {
            name: np.array(getattr(self, name), np.float64) for name in ("reward", "logged", "candidate", "supported")
        }
        return LoggedRows(
            customer=np.array(self.customer, np.int64), action=number[: len(action)], **plain, chances=chances
        )

    def cascade(self, rows: LoggedRows) -> Floats | None:
        """The weights of a cascade [rows]; None where no card was drawn before these."""
        before = np.array(self.before, np.float64)
        return None if (before == 1).all() else before * rows.weights

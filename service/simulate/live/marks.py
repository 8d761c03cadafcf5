"""What is known of purchases beyond their events: why they were made, and where."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank
from service.simulate.buying import Bought
from service.simulate.chance import NONE, Bools, Floats, Ints, logistic

ORIGINS = ("organic", "exposure", "arm", "task")
ORGANIC, LIFTED, ARM, TASK = range(len(ORIGINS))
COLUMNS = ("number", "origin", "shelf", "exposed")


class Marks:
    """One entry a purchase: its event's number, its origin, the shelf (NONE: elsewhere), whether its card was seen."""

    def __init__(self) -> None:
        self._pieces: list[Ints] = []

    def put(self, bought: Bought, origin: Ints, shelf: Ints, exposed: Bools) -> None:
        """Marks purchases."""
        self._pieces.append(np.stack([bought.number, origin, shelf, exposed.astype(np.int64)]))

    def taken(self) -> dict[str, Ints]:
        """All marks by the number, given up."""
        pieces, self._pieces = self._pieces, []
        joined = np.concatenate([np.zeros((len(COLUMNS), 0), dtype=np.int64), *pieces], axis=1)
        order = np.argsort(joined[0], kind="stable")
        return dict(zip(COLUMNS, joined[:, order], strict=True))


class Tasks:
    """What tasks have added to each logit of preference, and when last."""

    EVERY_DAYS = 56

    def __init__(self, bank: Bank, effect: float) -> None:
        self._bank, self._bonus = bank, np.float32(np.log1p(effect))
        self._added = np.zeros_like(bank.logit)
        self._last = np.full(bank.logit.shape, NONE - 10 * self.EVERY_DAYS, dtype=np.int16)

    def take_up(self, customer: Ints, category: Ints, day: int) -> None:
        """Raises the preferences, where no task of the category did so lately."""
        new = self._last[customer, category] <= day - self.EVERY_DAYS
        pairs = np.unique(np.stack([customer[new], category[new]]), axis=1)
        customer, category = pairs
        self._last[customer, category] = day
        self._added[customer, category] += self._bonus
        self._bank.logit[customer, category] += self._bonus

    def share(self, customer: Ints, category: Ints) -> Floats:
        """The share of the wishes that would not be there without tasks."""
        bank = self._bank
        logit = bank.logit[customer, category] + bank.pull[customer, category]
        without = logistic(logit - self._added[customer, category])
        share: Floats = 1.0 - (without / np.maximum(logistic(logit), np.float32(1e-12))).astype(np.float64)
        return share


def origins(roll: np.random.Generator, tasks: Tasks, bank: Bank, bought: Bought, origin: int) -> Ints:
    """The origin of purchases, of which some are due to a task taken up before."""
    share = tasks.share(bought.customer, bank.catalogue.category[bought.product])
    return np.where(roll.random(share.size) < share, TASK, origin)


def through_none(bought: Bought) -> Ints:
    """No shelf, for each purchase."""
    return np.full(bought.number.size, NONE)

"""The product's own ranker as one list over all candidates, trained on a folder's data before the split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.evaluation.dataset import Dataset, Marks
from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.profile.state import KIND
from recommender.scorer import Scorer
from recommender.train import fit
from recommender.training_data import Bools, Eligibility, Events, Floats, Ints, Spells, TrainingData
from service.calendar import DAY_US
from service.evaluation.journal import Journal, People
from service.training_data import substitution_prior

BASKET_DAYS = 14
FIRST_DAY = 20_000
"""Baskets without a clock are read as bought so many days apart, the last one of each customer on the same day."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """Probabilities of a trained model; of `newest` it is told only so many events and spells of each customer.

    Products that training never saw have 0.
    """

    scorer: Scorer
    data: TrainingData
    newest: int | None = None

    def __call__(self, customers: Ints, eligible: Bools | None = None, /) -> Floats:
        days = np.full(len(customers), self.data.as_of)
        newest = None if self.newest is None else np.full(len(customers), self.newest)
        return np.nan_to_num(self.scorer.listing(self.data, customers, days, eligible, newest=newest), nan=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Huojia:
    """Fits like a baseline: trains the whole artifact on what is known and lists with its scorer."""

    journal: Journal

    def __call__(self, known: Known) -> Score:
        """The scores are those of a `Listing`."""
        data = self.training_data(known)
        return Listing(Scorer(fit(data), np.arange(len(self.journal.products))), data)

    def training_data(self, known: Known) -> TrainingData:
        """Everything before the split in days of UTC; what was held in a snapshot is a spell from the day before it."""
        journal = self.journal
        events, as_of = self._dated(known) if known.data.clocked else self._in_order(known.data)
        people = journal.people or People.unknown(len(journal.customers))
        return TrainingData(
            as_of=as_of,
            categories=len(journal.categories),
            events=events,
            birth_year=people.birth_year,
            goal=people.goal,
            joined_day=people.joined_day,
            from_day=int(events.day.min()) if len(events.day) else as_of,
            substitution=substitution_prior(journal.categories),
            spells=self._spells(known),
            goals=people.goals,
            eligibility=self._eligibility(known.data) if known.data.clocked else Eligibility(),
        )

    @staticmethod
    def _eligibility(data: Dataset) -> Eligibility:
        known = data.eligibility
        return Eligibility(known.customer, known.item, known.time // DAY_US)

    def _dated(self, known: Known) -> tuple[Events, int]:
        found = self.journal.events
        found = found.where((found.time < known.time) & ((found.undone < 0) | (found.undone >= known.time)))
        of_item = self.journal.category[np.maximum(found.item, 0)]
        category = np.where((found.category < 0) & (found.item >= 0), of_item, found.category)
        events = Events(found.customer, found.item, category, found.time // DAY_US, found.kind, found.amount)
        return events, (known.time - 1) // DAY_US

    def _in_order(self, data: Dataset) -> tuple[Events, int]:
        bought = data.purchases
        last = np.zeros(data.customers, np.int64)
        np.maximum.at(last, bought.customer, bought.time)
        day = FIRST_DAY - (last[bought.customer] - bought.time) * BASKET_DAYS
        kind = np.full(len(bought), KIND["purchase"])
        nothing = np.full(len(bought), -1)
        events = Events(bought.customer, bought.item, self.journal.category[bought.item], day, kind, nothing)
        return events, FIRST_DAY + BASKET_DAYS - 1

    def _spells(self, known: Known) -> Spells:
        stated = self.journal.spells
        kept = stated.opened < known.time
        closed = np.where((stated.closed < 0) | (stated.closed >= known.time), -1, stated.closed // DAY_US)
        matures = np.where(stated.matures < 0, -1, stated.matures // DAY_US)
        own = Spells(
            stated.customer, stated.item, self.journal.category[stated.item], stated.opened // DAY_US, closed, matures,
            stated.amount,
        ).where(kept)  # fmt: skip
        seen = spells_of(known.data.snapshots, self.journal.category)
        return Spells(*(np.concatenate([getattr(own, name), getattr(seen, name)]) for name in _SPELL))


_SPELL = ("customer", "product", "category", "opened", "closed", "matures", "amount")


def spells_of(snapshots: Marks, category: Ints) -> Spells:
    """Runs of consecutive observations as spells, in days of UTC, without amounts.

    A run opens on the day before its first observation, as holdings are observed at a day's beginning, and has closed
    by the next observation of anybody that lacks it.
    """
    at = np.unique(snapshots.time)
    turn = np.searchsorted(at, snapshots.time)
    order = np.lexsort((turn, snapshots.item, snapshots.customer))
    customer, item, turn = snapshots.customer[order], snapshots.item[order], turn[order]
    same = (customer[1:] == customer[:-1]) & (item[1:] == item[:-1])
    follows = np.concatenate([[False], same & (turn[1:] <= turn[:-1] + 1)]) if len(order) else np.empty(0, np.bool_)
    first = np.flatnonzero(~follows)
    last = np.append(first[1:], len(order)) - 1 if len(first) else first
    days = (at - 1) // DAY_US
    ends = np.minimum(turn[last] + 1, len(at) - 1)
    unknown = np.full(len(first), -1)
    return Spells(
        customer[first],
        item[first],
        category[item[first]],
        days[turn[first]],
        np.where(turn[last] + 1 < len(at), days[ends], -1) if len(first) else unknown,
        unknown,
        unknown,
    )

"""The state of the simulated bank from week to week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.catalogue import Catalogue
from service.simulate.chance import NONE, Bools, Floats, Ints, Singles, dice, logistic
from service.simulate.interests import Interests
from service.simulate.journal import Journal
from service.simulate.period import Period
from service.simulate.population import Population
from service.simulate.segments import draw_of_segments
from service.simulate.spells import Spells
from service.simulate.taxonomy import CATEGORIES, CREDIT

INDIFFERENCE = -6.0
"""The usual logit of a preference without an interest."""
MINOR_ZONES = ("deposit", "payment", "service")


@dataclass(frozen=True)
class Step:
    """One week: [begin, end) in seconds UTC, both midnights."""

    begin: int
    end: int


class Bank:
    """Everything that changes: logits of preference, free money, spells, sessions and the journal."""

    def __init__(
        self, seed: int, period: Period, catalogue: Catalogue, people: Population, interests: Interests
    ) -> None:
        self.seed = seed
        self.period = period
        self.catalogue = catalogue
        self.people = people
        self.interests = interests
        self.journal = Journal()
        self.spells = Spells(people.size, len(catalogue.products))
        self.free = np.zeros(people.size, dtype=np.int64)
        self.account = np.full(people.size, NONE, dtype=np.int64)
        self.outside = np.zeros((people.size, 7), dtype=np.int64)
        self.flows: list[dict[str, Ints]] = []
        self.logit, self.drift = _tastes(dice(seed, "tastes"), people.segment)
        self.pull = np.zeros(self.logit.shape, dtype=np.float32)
        self.may = _permitted(people)
        self._begun = 0
        self._running = np.zeros(0, dtype=np.int64)

    def customers_of(self, step: Step) -> Bools:
        """Who is a customer before the step begins, and not one of those who do nothing."""
        present: Bools = (self.people.joined < step.begin) & (self.people.activity > 0.0)
        return present

    def keenness(self, customer: Ints, category: Ints) -> Floats:
        """How fully interested, in [0, 1]."""
        share: Floats = np.minimum(logistic(self.logit[customer, category]) / 0.35, 1.0).astype(np.float64)
        return share

    def holds(self) -> Bools:
        """(customer, category): whether anything of the category is held."""
        spells = self.spells
        places = np.flatnonzero(spells.open_now())
        held = np.zeros(self.logit.shape, dtype=np.bool_)
        held[spells.customer[places], self.catalogue.category[spells.product[places]]] = True
        return held

    def spend(self, customer: Ints, cents: Ints) -> None:
        """Takes money from what is free (negative: gives it)."""
        np.subtract.at(self.free, customer, cents)

    def advance(self, until: int) -> None:
        """Moves the preferences on to a moment: a week of drift, interests that begin and that end."""
        interests = self.interests
        self.logit += self.drift
        begun = int(np.searchsorted(interests.begin, until))
        fresh = np.arange(self._begun, begun)
        self._begun = begun
        fresh = fresh[interests.end[fresh] > until]
        over = interests.end[self._running] <= until
        self._weigh(self._running[over], -1.0)
        self._weigh(fresh, 1.0)
        self._running = np.concatenate([self._running[~over], fresh])

    def grow(self, period: Period, catalogue: Catalogue, people: Population, interests: Interests) -> None:
        """Takes in later days, more products, more customers and interests to come, each after those already there."""
        known, more = self.people.size, people.size - self.people.size
        logit, drift = _tastes(dice(self.seed, "tastes of newcomers"), people.segment[known:])
        self.logit, self.drift = np.concatenate([self.logit, logit]), np.concatenate([self.drift, drift])
        self.pull = np.concatenate([self.pull, np.zeros_like(logit)])
        self.free = np.concatenate([self.free, np.zeros(more, dtype=np.int64)])
        self.account = np.concatenate([self.account, np.full(more, NONE, dtype=np.int64)])
        self.outside = np.concatenate([self.outside, np.zeros((more, self.outside.shape[1]), dtype=np.int64)])
        self.spells.widen(people.size, len(catalogue.products))
        self.period, self.catalogue, self.people, self.interests = period, catalogue, people, interests
        self.may = _permitted(people)

    def _weigh(self, places: Ints, sign: float) -> None:
        interests = self.interests
        weight = (sign * interests.strength[places]).astype(np.float32)
        np.add.at(self.logit, (interests.customer[places], interests.category[places]), weight)


def _tastes(roll: np.random.Generator, segment: Ints) -> tuple[Singles, Singles]:
    """Logits of preference without any interest, and how they move in a week."""
    shape = (segment.size, len(CATEGORIES))
    usual = np.log(draw_of_segments())[segment].astype(np.float32)
    logit: Singles = INDIFFERENCE + 0.5 * usual + 0.6 * roll.standard_normal(shape, dtype=np.float32)
    drift: Singles = 0.02 * roll.standard_normal(shape, dtype=np.float32)
    return logit, drift


def _permitted(people: Population) -> Bools:
    """(customer, category): what a customer may buy at all, whatever the product."""
    allowed = np.ones((people.size, len(CATEGORIES)), dtype=np.bool_)
    assessed = people.capacity > 0
    solvent = (people.credit_gate == 1) & ~people.overdue & ~people.fraud
    for index, category in enumerate(CATEGORIES):
        if category.regime != "none":
            allowed[:, index] &= solvent if CREDIT[index] else assessed
        if category.zone not in MINOR_ZONES:
            allowed[:, index] &= ~people.protected
        if category.zone == "trust_private":
            allowed[:, index] &= people.wealth > 200_000_000
    return allowed

"""Tags that profile systems assign while the bank lives on, with their errors, and what is true of every tag."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from service.simulate.bank import Bank
from service.simulate.chance import MISSING, Bools, Floats, Ints, dice
from service.simulate.interests import Interests
from service.simulate.period import DAY, NIGHT_HOURS, clock
from service.simulate.segments import SEGMENTS
from service.simulate.tag_definitions import Tag, define
from service.simulate.tagging import Assigned, World, affinities, assign, tag_rows, trait_of

RENEWED = 0.012
"""Share of a tag's usual carriers that is assigned anew in a week."""
REACHED = 0.8
"""Of those of whom a claim is true, the share that a provider can find at all."""


@dataclass(frozen=True)
class Assignments:
    """One entry an assignment; `affinity` is NaN where the provider says none."""

    customer: Ints
    tag: Ints
    when: Ints
    affinity: Floats


class Providers:
    """Who carries which tag, from the first assignments on."""

    def __init__(self, bank: Bank) -> None:
        """Takes the assignments of the bank as it was simulated: before it grows."""
        world = World(bank.period, bank.people, bank.interests)
        self.tags = define(bank.seed)
        self.history: list[list[Assigned]] = [[one] for one in assign(world, bank.seed, self.tags)]
        """The assignments of each tag: those of the simulated days, then one entry a week."""
        rows, _ = tag_rows(world, bank.seed, self.tags, [one[0] for one in self.history])
        self._carried = np.zeros((bank.people.size, len(self.tags)), dtype=np.bool_)
        standing = rows["removed"] == MISSING
        self._carried[rows["customer"][standing], rows["tag"][standing]] = True
        self._seed = bank.seed
        self._own: list[Interests] = []

    @property
    def carried(self) -> Bools:
        """(customer, tag): who carries it now."""
        return self._carried

    def grow(self, bank: Bank) -> None:
        """Takes in the customers and interests to come."""
        more = bank.people.size - self._carried.shape[0]
        self._carried = np.pad(self._carried, [(0, more), (0, 0)])
        self._own = [bank.interests.only(tag.categories) for tag in self.tags]

    def assign(self, bank: Bank, roll: np.random.Generator, begin: int) -> Assignments:
        """The assignments of the night of `begin`; tags that claim nothing are not assigned anew."""
        night = clock(roll, bank.people.size, NIGHT_HOURS)
        when = begin + night
        place = {tag.tag: number for number, tag in enumerate(self.tags)}
        pieces = []
        for number, tag in enumerate(self.tags):
            if not tag.categories:
                continue
            trait = trait_of(self._own[number], when, tag)
            able = (bank.people.joined < begin) & ~self._carried[:, number]
            source = self.history[place[tag.of]][-1] if tag.of else None
            chosen = self._found(roll, bank, number, (trait.true, trait.strength, able), source)
            self._carried[chosen, number] = True
            self.history[number].append(Assigned(chosen, when[chosen], trait.true[chosen], trait.until[chosen]))
            pieces.append(np.stack([chosen, np.full(chosen.size, number), when[chosen], trait.true[chosen]]))
        customer, tag_no, moment, true = np.concatenate(pieces, axis=1)
        return Assignments(customer, tag_no, moment, affinities(roll, true == 1))

    def _found(
        self,
        roll: np.random.Generator,
        bank: Bank,
        number: int,
        seen: tuple[Bools, Floats, Bools],
        source: Assigned | None,
    ) -> Ints:
        """Whom the provider tags: bits taken over from another tag, and finds of its own, right and wrong."""
        tag = self.tags[number]
        true, strength, able = seen
        taken = np.zeros(0, dtype=np.int64)
        if source is not None:
            taken = source.customer[able[source.customer] & (roll.random(source.customer.size) < tag.copied)]
        bias = dice(self._seed, f"live {tag.tag}").normal(0.0, 0.8, len(SEGMENTS))[bank.people.segment]
        score = bias + 0.3 * strength + roll.logistic(0.0, 1.0, bank.people.size)
        score[taken] = -np.inf
        right, wrong = np.flatnonzero(true & able), np.flatnonzero(~true & able)
        wanted = tag.coverage * RENEWED * bank.people.size
        hits = min(int(roll.poisson(wanted * tag.precision * (1.0 - tag.copied))), round(REACHED * right.size))
        misses = min(int(roll.poisson(hits * (1.0 - tag.precision) / tag.precision)), wrong.size)
        own = [
            rows[np.argsort(-score[rows], kind="stable")[:count]] for rows, count in ((right, hits), (wrong, misses))
        ]
        chosen: Ints = np.unique(np.concatenate([taken, *own]))
        return chosen


def whole_history(assigned: list[Assigned]) -> Assigned:
    """All assignments of a tag as one."""
    names = [field.name for field in dataclasses.fields(Assigned)]
    return Assigned(*(np.concatenate([getattr(one, name) for one in assigned]) for name in names))


def claims(tag: Tag) -> bool:
    """Whether the tag claims a preference."""
    return bool(tag.categories)


def days_alive(assigned: Assigned) -> Floats:
    """For how many days each claim that was true lived on; the simulation knows ends that lie ahead."""
    known = assigned.true & (assigned.until != MISSING)
    alive: Floats = (assigned.until[known] - assigned.when[known]) / DAY
    return alive

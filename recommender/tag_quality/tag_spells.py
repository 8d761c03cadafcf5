"""The spells of a tag: how long its preference was held or acted on after the tag was assigned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.evidence import OPEN, Held
from recommender.training_data import Bools, Floats, Ints

FAR = 2**22  # days: more than any span


@dataclass(frozen=True, slots=True, eq=False)
class TagSpells:
    """One entry a spell: whose, its days since the assignment or its begin, those on which leaving was possible."""

    customer: Ints
    days: Floats
    exit_days: Floats
    ended: Bools

    @classmethod
    def of(cls, active: Held, free: Held, assigned: Ints, *, gap: int, as_of: int) -> TagSpells:
        """From the holdings and purchases (holdings of no day) of what a tag claims; `assigned` is -1 without the tag.

        A spell ends when nothing was held or bought for `gap` days; what ended before the
        assignment is no spell of the tag, and what ran on is counted from there. Leaving is possible on every day on
        which nothing is held or a holding is `free` (domain.md §11).
        """
        own = assigned[active.customer] >= 0
        customer, start, end = _sorted(active, own, as_of)
        begins = _begins(customer, start, end, gap)
        first = np.flatnonzero(begins)
        last = np.append(first, len(customer))[1:] - 1
        reach = np.maximum.accumulate(end + customer * FAR) - customer * FAR
        who, over = customer[first], reach[last] + gap
        since = np.maximum(start[first], assigned[who])
        until = np.minimum(over, as_of)
        counts = until > since
        days = (until - since).astype(np.float64)
        outside = (start[first], since, until)
        locked = _covered(active, own, who, outside, as_of) - _covered(free, own=None, who=who, of=outside, as_of=as_of)
        return cls(who[counts], days[counts], np.maximum(days - locked, 0.0)[counts], (over <= as_of)[counts])


def _sorted(held: Held, mask: Bools, as_of: int) -> tuple[Ints, Ints, Ints]:
    """Customer, begin and end by customer and begin; what is still held ends after every day that counts."""
    customer, start = held.customer[mask], held.opened[mask]
    end = np.where(held.ended[mask] == OPEN, as_of + 1, held.ended[mask])
    order = np.lexsort((end, start, customer))
    return customer[order], start[order], end[order]


def _begins(customer: Ints, start: Ints, end: Ints, gap: int) -> Bools:
    """Whether an interval begins a spell: it comes more than the gap after all before it."""
    if not len(customer):
        return np.empty(0, np.bool_)
    reach = np.maximum.accumulate(end + customer * FAR) - customer * FAR
    fresh = np.ones(len(customer), np.bool_)
    same = customer[1:] == customer[:-1]
    fresh[1:] = ~same | (start[1:] > reach[:-1] + gap)
    return fresh


def _covered(held: Held, own: Bools | None, who: Ints, of: tuple[Ints, Ints, Ints], as_of: int) -> Floats:
    """The days of each spell (begin, counted from, until) that the union of some intervals covers."""
    begin, since, until = of
    covered = np.zeros(len(who))
    if not len(who):
        return covered
    customer, start, end = _sorted(held, np.ones(len(held.customer), np.bool_) if own is None else own, as_of)
    spell = np.searchsorted(who * FAR + begin, customer * FAR + start, side="right") - 1
    inside = (spell >= 0) & (who[np.maximum(spell, 0)] == customer)
    spell, start, end = spell[inside], start[inside], end[inside]
    if not len(spell):
        return covered
    start, end = np.maximum(start, since[spell]), np.minimum(end, until[spell])
    reach = np.maximum.accumulate(np.maximum(end, start) + spell * FAR) - spell * FAR
    before = np.full(len(spell), -FAR)
    before[1:] = np.where(spell[1:] == spell[:-1], reach[:-1], -FAR)
    np.add.at(covered, spell, np.maximum(end - np.maximum(start, before), 0))
    return covered

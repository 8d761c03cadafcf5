"""Which customers carry which tag since when, drawn from their true interests with errors, copies and removals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.chance import MISSING, NONE, Bools, Floats, Ints, dice
from service.simulate.interests import Interests
from service.simulate.period import APP_HOURS, DAY, Period, clock, midnight
from service.simulate.population import Population
from service.simulate.segments import SEGMENTS
from service.simulate.tag_definitions import Tag

BACK_DAYS = 420
REMOVED_BY = ("bank", "customer", "service")


@dataclass(frozen=True)
class Assigned:
    """Who carries a tag since when (seconds), whether it was true then, and until when it stays so (MISSING: unknown)."""

    customer: Ints
    when: Ints
    true: Bools
    until: Ints


@dataclass(frozen=True)
class Trait:
    """For each customer a moment at which they might be tagged, and the truth of the claim at that moment."""

    when: Ints
    true: Bools
    until: Ints
    strength: Floats


def _moments(roll: np.random.Generator, period: Period, people: Population, own: Interests) -> Ints:
    """A moment for each customer: mostly early in an interest of theirs, else any time of tenure."""
    low = np.maximum(midnight(people.joined) + DAY, period.start - BACK_DAYS * DAY)
    low = np.minimum(low, period.as_of - DAY)
    anywhere = low + (roll.random(people.size) * (period.as_of - low)).astype(np.int64)
    begin = np.maximum(own.begin, low[own.customer])
    end = np.minimum(own.end, period.as_of)
    fits = np.flatnonzero(begin < end)
    early = begin[fits] + (roll.random(fits.size) ** 1.7 * 0.7 * (end - begin)[fits]).astype(np.int64)
    order = roll.permutation(fits.size)
    chosen = np.full(people.size, MISSING)
    chosen[own.customer[fits][order]] = early[order]
    taken = (chosen != MISSING) & (roll.random(people.size) < 0.8)
    when = midnight(np.where(taken, chosen, anywhere)) + clock(roll, people.size, APP_HOURS)
    return np.clip(when, people.joined + 1_800, period.as_of - 60)


def _trait(interests: Interests, when: Ints, tag: Tag) -> Trait:
    """The truth of a tag's claim at a moment of each customer."""
    rows = np.flatnonzero(np.isin(interests.category, tag.categories))
    customer, begin, end = interests.customer[rows], interests.begin[rows], interests.end[rows]
    running = (begin <= when[customer]) & (when[customer] < end)
    until = np.full(when.size, MISSING)
    np.maximum.at(until, customer[running], end[running])
    strength = np.zeros(when.size)
    np.maximum.at(strength, customer[running], interests.strength[rows][running])
    held = until != MISSING
    if tag.polarity < 0:
        return Trait(when, ~held, np.full(when.size, MISSING), 4.0 - strength)
    return Trait(when, held, until, strength)


def _carriers(roll: np.random.Generator, people: Population, trait: Trait, tag: Tag, share: float) -> Ints:
    """A logit of the truth, the segment and noise, cut where coverage and precision are as wanted."""
    bias = roll.normal(0.0, 0.8, len(SEGMENTS))[people.segment]
    score = bias + 0.3 * trait.strength + roll.logistic(0.0, 1.0, people.size)
    able = people.joined < trait.when
    wanted = tag.coverage * share * people.size
    right, wrong = np.flatnonzero(trait.true & able), np.flatnonzero(~trait.true & able)
    hits = min(round(wanted * tag.precision), round(0.8 * right.size))
    misses = min(round(hits * (1.0 - tag.precision) / tag.precision), wrong.size)
    best = right[np.argsort(-score[right], kind="stable")[:hits]]
    worst = wrong[np.argsort(-score[wrong], kind="stable")[:misses]]
    return np.sort(np.concatenate([best, worst]))


def _assigned(customer: Ints, trait: Trait) -> Assigned:
    return Assigned(customer, trait.when[customer], trait.true[customer], trait.until[customer])


def _copy(roll: np.random.Generator, bank: tuple[Period, Population, Interests], tag: Tag, first: Assigned) -> Ints:
    """Bits taken over from another tag, each with the same chance."""
    kept: Ints = first.customer[roll.random(first.customer.size) < tag.copied]
    return kept

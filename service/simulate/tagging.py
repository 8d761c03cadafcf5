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
class World:
    """What tags are drawn from."""

    period: Period
    people: Population
    interests: Interests


@dataclass(frozen=True)
class Assigned:
    """Who carries a tag since when (seconds), whether it was true then, and until when (MISSING: unknown)."""

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
    early = begin[fits] + (roll.random(fits.size) ** 2.0 * 0.4 * (end - begin)[fits]).astype(np.int64)
    order = roll.permutation(fits.size)
    chosen = np.full(people.size, MISSING)
    chosen[own.customer[fits][order]] = early[order]
    taken = (chosen != MISSING) & (roll.random(people.size) < 0.8)
    when = midnight(np.where(taken, chosen, anywhere)) + clock(roll, people.size, APP_HOURS)
    moment: Ints = np.clip(when, people.joined + 1_800, period.as_of - 60)
    return moment


def trait_of(interests: Interests, when: Ints, tag: Tag) -> Trait:
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


def _fresh(roll: np.random.Generator, people: Population, trait: Trait, tag: Tag) -> Assigned:
    customer = _carriers(roll, people, trait, tag, 1.0)
    return Assigned(customer, trait.when[customer], trait.true[customer], trait.until[customer])


def _copied(world: World, roll: np.random.Generator, own: Interests, tag: Tag, first: Assigned) -> Assigned:
    """Bits taken over from another tag some weeks later, each with the same chance, and the rest found anew."""
    kept = roll.random(first.customer.size) < tag.copied
    customer = first.customer[kept]
    when = _moments(roll, world.period, world.people, own)
    later = first.when[kept] + (roll.random(customer.size) * 20 * DAY).astype(np.int64)
    when[customer] = np.minimum(later, world.period.as_of - 60)
    trait = trait_of(world.interests, when, tag)
    found = _carriers(roll, world.people, trait, tag, 1.0 - tag.copied)
    carriers = np.union1d(customer, found)
    return Assigned(carriers, trait.when[carriers], trait.true[carriers], trait.until[carriers])


def _unclaimed(world: World, roll: np.random.Generator, tag: Tag) -> Assigned:
    """Tags that claim no preference: by segment and chance."""
    people = world.people
    score = roll.normal(0.0, 1.0, len(SEGMENTS))[people.segment] + roll.logistic(0.0, 1.0, people.size)
    customer = np.sort(np.argsort(-score, kind="stable")[: round(tag.coverage * people.size)])
    low = midnight(people.joined[customer]) + DAY
    when = low + (roll.random(customer.size) * np.maximum(world.period.as_of - low, 1)).astype(np.int64)
    when = np.clip(when, people.joined[customer] + 1_800, world.period.as_of - 60)
    return Assigned(customer, when, np.zeros(customer.size, np.bool_), np.full(customer.size, MISSING))


def assign(world: World, seed: int, tags: list[Tag]) -> list[Assigned]:
    """The assignments of each tag, in the order of the definitions."""
    done: dict[str, Assigned] = {}
    for tag in tags:
        roll = dice(seed, f"tag {tag.tag}")
        if not tag.categories:
            done[tag.tag] = _unclaimed(world, roll, tag)
            continue
        own = world.interests.only(tag.categories)
        if tag.of:
            done[tag.tag] = _copied(world, roll, own, tag, done[tag.of])
        else:
            trait = trait_of(own, _moments(roll, world.period, world.people, own), tag)
            done[tag.tag] = _fresh(roll, world.people, trait, tag)
    return list(done.values())


def tag_rows(world: World, seed: int, tags: list[Tag], assigned: list[Assigned]) -> tuple[dict[str, Ints], Floats]:
    """Columns of the tags file and the affinities: assignments, some removed, some with an older life before."""
    roll = dice(seed, "tag rows")
    customer = np.concatenate([one.customer for one in assigned])
    tag = np.repeat(np.arange(len(tags)), [one.customer.size for one in assigned])
    when = np.concatenate([one.when for one in assigned])
    true = np.concatenate([one.true for one in assigned])
    removed, remover = _removals(roll, world.period, when)
    old, old_when, old_removed = _former_lives(roll, world.people, customer, when)
    remover = np.concatenate([remover, np.zeros(old.size, dtype=np.int64)])
    columns = {
        "customer": np.concatenate([customer, customer[old]]),
        "tag": np.concatenate([tag, tag[old]]),
        "when": np.concatenate([when, old_when]),
        "removed": np.concatenate([removed, old_removed]),
        "remover": remover,
    }
    affinity = affinities(roll, np.concatenate([true, true[old]]))
    order = np.lexsort((columns["when"], columns["tag"], columns["customer"]))
    return {name: values[order] for name, values in columns.items()}, affinity[order]


def affinities(roll: np.random.Generator, true: Bools) -> Floats:
    """How strong the provider thinks it is, in [0, 1]; unknown (NaN) for one in seven."""
    value = np.where(true, roll.beta(4.0, 2.2, true.size), roll.beta(2.4, 2.8, true.size))
    return np.where(roll.random(true.size) < 0.14, np.nan, np.round(value, 4))


def _removals(roll: np.random.Generator, period: Period, when: Ints) -> tuple[Ints, Ints]:
    later = when + 30 + (roll.random(when.size) * (period.as_of - when - 60)).astype(np.int64)
    gone = roll.random(when.size) < 0.05
    remover = np.where(gone, roll.integers(0, len(REMOVED_BY), when.size), NONE)
    return np.where(gone, later, MISSING), remover


def _former_lives(roll: np.random.Generator, people: Population, customer: Ints, when: Ints) -> tuple[Ints, Ints, Ints]:
    """(row, assigned, removed) of earlier assignments, up to years ago, that the bank had removed."""
    before = when - (roll.uniform(300, 1_500, when.size) * DAY).astype(np.int64)
    removed = before + ((when - before) * roll.uniform(0.1, 0.8, when.size)).astype(np.int64)
    rows = np.flatnonzero((roll.random(when.size) < 0.06) & (before > people.joined[customer] + DAY))
    return rows, before[rows], removed[rows]

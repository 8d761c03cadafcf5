"""What is to come: customers who will join, products that will be launched, interests that will begin."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np

from service.simulate.bank import Bank
from service.simulate.catalogue import Catalogue, columns_of, fresh
from service.simulate.chance import MISSING, NONE, Ints, dice
from service.simulate.flows import pay_days
from service.simulate.interests import Interests, awaken, go_on
from service.simulate.journal import CHANNEL, KIND
from service.simulate.opening import ACCOUNT_DELAY
from service.simulate.period import DAY, OFFICE_HOURS, SHANGHAI, Period, clock
from service.simulate.population import Population, populate
from service.simulate.product import Product
from service.simulate.taxonomy import CATEGORIES

JOINING = 0.002
"""Newcomers a week, as a share of the customers."""
LAUNCHED = 0.006
"""Products launched a week, as a share of the catalogue."""
ASSESSED_AFTER = 1_500
BROUGHT = 0.3
"""Share of their means that newcomers bring along."""


def grow(bank: Bank, weeks: int) -> None:
    """Lets the bank live `weeks` longer: everything that will come is known to the simulation from now on."""
    later = Period(bank.period.as_of, bank.period.as_of + weeks * 7 * DAY)
    seed = int(dice(bank.seed, "newcomers").integers(1, 2**31))
    known = bank.people.size
    people = _joiners(seed, later, max(1, round(JOINING * known * weeks)))
    interests = _joined_interests(
        bank.interests, go_on(bank.seed, later, bank.people), _first_interests(seed, later, people, known)
    )
    everybody = _together(bank.people, people)
    period = Period(bank.period.start, later.as_of)
    bank.grow(period, _launch(bank, later, weeks), everybody, interests)
    newcomers = np.arange(known, everybody.size)
    bank.free[newcomers] = (people.wealth * BROUGHT).astype(np.int64)
    _open_accounts(bank, dice(seed, "accounts"), newcomers)


def _joiners(seed: int, later: Period, count: int) -> Population:
    year = dt.datetime.fromtimestamp(later.start + SHANGHAI, tz=dt.UTC).year
    people = populate(seed, later, count, year)
    roll = dice(seed, "joining")
    day = np.sort((roll.random(count) * max(later.days - 1, 1)).astype(np.int64))
    day[0] = 0
    joined = later.start + day * DAY + clock(roll, count, OFFICE_HOURS)
    assessed = np.where(people.capacity > 0, joined + ASSESSED_AFTER, MISSING)
    return dataclasses.replace(people, joined=joined, assessed=assessed)


def _first_interests(seed: int, later: Period, people: Population, known: int) -> Interests:
    """Newcomers come with interests: those that have begun begin with the bank's next day."""
    own = awaken(seed, later, people)
    alive = np.flatnonzero(own.end > later.start)
    begin = np.maximum(own.begin[alive], later.start)
    return Interests(own.customer[alive] + known, own.category[alive], begin, own.end[alive], own.strength[alive])


def _joined_interests(present: Interests, *more: Interests) -> Interests:
    """All interests by their begin; those that have begun keep their places."""
    names = [field.name for field in dataclasses.fields(Interests)]
    columns = {name: np.concatenate([getattr(one, name) for one in (present, *more)]) for name in names}
    order = np.argsort(columns["begin"], kind="stable")
    return Interests(*(columns[name][order] for name in names))


def _together(present: Population, more: Population) -> Population:
    names = [field.name for field in dataclasses.fields(Population)]
    return Population(*(np.concatenate([getattr(present, name), getattr(more, name)]) for name in names))


def _launch(bank: Bank, later: Period, weeks: int) -> Catalogue:
    """The catalogue with the launches to come behind it: one in the first week, the others on any day."""
    roll = dice(bank.seed, "launches")
    products = list(bank.catalogue.products)
    counts = np.bincount(bank.catalogue.category, minlength=len(CATEGORIES))
    open_to_all = np.array([kind.weight if kind.zone != "trust_private" else 0.0 for kind in CATEGORIES])
    count = max(1, round(LAUNCHED * len(products) * weeks))
    days = np.sort(roll.integers(0, later.days, count))
    days[0] = min(1, later.days - 1)
    for day in days.tolist():
        category = int(roll.choice(len(CATEGORIES), p=open_to_all / open_to_all.sum()))
        products.append(_launched(roll, later, day, (category, int(counts[category]))))
        counts[category] += 1
    return columns_of(products)


def _launched(roll: np.random.Generator, later: Period, day: int, place: tuple[int, int]) -> Product:
    category, number = place
    product = fresh(roll, later, category, number)
    product.sale_from = later.start + day * DAY
    product.appeal += 0.3  # launched because it is wanted
    return product


def part_of(people: Population, first: int) -> Population:
    """The customers from one on."""
    return Population(*(getattr(people, field.name)[first:] for field in dataclasses.fields(Population)))


def salaried(bank: Bank, known: tuple[Ints, Ints], first: int) -> tuple[Ints, Ints]:
    """(customer, pay day) of those of before, and of the newcomers from `first` on."""
    customer, day = pay_days(dice(bank.seed, "salaries of newcomers"), part_of(bank.people, first))
    return np.concatenate([known[0], customer + first]), np.concatenate([known[1], day])


def _open_accounts(bank: Bank, roll: np.random.Generator, newcomers: Ints) -> None:
    """An account for each, of the kinds that the others have; the first money comes into it."""
    usual = bank.account[bank.account != NONE]
    if not usual.size:
        return
    product = usual[roll.integers(0, usual.size, newcomers.size)]
    opened = bank.people.joined[newcomers] + ACCOUNT_DELAY
    bank.account[newcomers] = product
    cents = bank.free[newcomers]
    bank.spells.open(newcomers, product, opened, np.full(newcomers.size, MISSING), cents)
    bank.journal.write(newcomers, KIND["purchase"], opened, product=product, cents=cents, channel=CHANNEL["branch"])

"""What customers already have when the simulated days begin: accounts, free money, first holdings."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank
from service.simulate.catalogue import FORM
from service.simulate.chance import MISSING, NONE, Ints, dice
from service.simulate.choosing import EVERYWHERE, choose
from service.simulate.journal import CHANNEL, KIND
from service.simulate.period import APP_HOURS, DAY, NIGHT_HOURS, clock, midnight
from service.simulate.taxonomy import INDEX

OLDEST_DAYS = 900
HELD_AT_FIRST = 0.45
HELD_FORMS = [FORM[form] for form in ("anyday", "term", "window", "renewal", "locked", "loan", "opened")]
ACCOUNT_DELAY = 900


def open_books(bank: Bank) -> None:
    """Gives each customer an account and their part of the past."""
    roll = dice(bank.seed, "opening")
    _open_accounts(bank, roll)
    customer, product, opened = _first_holdings(bank, roll)
    wished = _wished(bank, roll, customer, product)
    enough = (wished >= bank.catalogue.minimum[product]) | (bank.catalogue.flow[product] >= 0)
    customer, product, opened, cents = customer[enough], product[enough], opened[enough], wished[enough]
    paying = (bank.catalogue.flow[product] < 0) & (bank.catalogue.scale[product] == 0)
    bank.spend(customer[paying], cents[paying])
    bank.spells.open(customer, product, opened, _matures(bank, roll, product, opened), cents)
    # The rest of the wealth is mostly elsewhere, or not money.
    bank.free[:] = (bank.free * roll.beta(1.5, 4.0, bank.people.size)).astype(np.int64)


def maturity(roll: np.random.Generator, opened: Ints, term: Ints) -> Ints:
    """The night in which a term of so many days ends; MISSING where there is no term."""
    return np.where(term > 0, midnight(opened) + term * DAY + clock(roll, opened.size, NIGHT_HOURS), MISSING)


def terms(bank: Bank, product: Ints) -> Ints:
    """The term in days after which a spell of the product ends or renews, 0 where it does neither."""
    ending = np.isin(bank.catalogue.form[product], [FORM["term"], FORM["renewal"], FORM["loan"]])
    return np.where(ending, bank.catalogue.term[product], 0)


def _matures(bank: Bank, roll: np.random.Generator, product: Ints, opened: Ints) -> Ints:
    """The first maturity that still lies ahead at the start: what came before was renewed."""
    term = terms(bank, product)
    first = maturity(roll, opened, term)
    passed = np.where(term > 0, np.maximum(bank.period.start - first, 0), 0)
    return np.where(term > 0, first + -(-passed // np.maximum(term * DAY, 1)) * term * DAY, MISSING)


def _open_accounts(bank: Bank, roll: np.random.Generator) -> None:
    catalogue, people = bank.catalogue, bank.people
    shelf = catalogue.shelves[INDEX["deposit.demand"]]
    usual = (catalogue.sold_until[shelf] > bank.period.as_of) & (catalogue.regions[shelf] == EVERYWHERE)
    shelf = shelf[usual & (catalogue.sale_from[shelf] < bank.period.start)]
    bank.free[:] = people.wealth
    if not shelf.size:
        return
    idle = (people.activity == 0.0) & (roll.random(people.size) < 0.4)
    customer = np.flatnonzero(~idle)
    product = shelf[(roll.random(customer.size) ** 2 * shelf.size).astype(np.int64)]
    opened = people.joined[customer] + ACCOUNT_DELAY
    bank.account[customer] = product
    bank.spells.open(customer, product, opened, np.full(customer.size, MISSING), bank.free[customer])
    new = opened >= bank.period.start
    first = np.minimum(bank.free[customer[new]], 50_000_00) // 100_00 * 100_00 + 1_00
    bank.journal.write(
        customer[new], KIND["purchase"], opened[new], product=product[new], cents=first, channel=CHANNEL["branch"]
    )


def _first_holdings(bank: Bank, roll: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """(customer, product, opened) of what is held at the start, out of the interests of that time."""
    start, interests, people = bank.period.start, bank.interests, bank.people
    alive = (interests.begin < start) & (interests.end > start) & (people.joined[interests.customer] < start - 20 * DAY)
    alive &= bank.may[interests.customer, interests.category] & (people.activity[interests.customer] > 0)
    alive &= roll.random(alive.size) < HELD_AT_FIRST
    pairs = np.unique(interests.customer[alive] * len(bank.catalogue.shelves) + interests.category[alive])
    customer, category = np.divmod(pairs, len(bank.catalogue.shelves))
    product = choose(bank, roll, (customer, category, np.full(customer.size, start)), buying=True)
    found = product != NONE
    found[found] = np.isin(bank.catalogue.form[product[found]], HELD_FORMS)
    customer, product = customer[found], product[found]
    back = np.where(terms(bank, product) > 0, np.minimum(terms(bank, product), OLDEST_DAYS), OLDEST_DAYS)
    earliest = np.maximum(start - back * DAY, people.joined[customer] + DAY)
    earliest = np.maximum(earliest, bank.catalogue.sale_from[product])
    opened = earliest + (roll.random(customer.size) * (start - earliest)).astype(np.int64)
    opened = np.clip(midnight(opened) + clock(roll, customer.size, APP_HOURS), earliest, start - 1)
    before = earliest < start
    return customer[before], product[before], opened[before]


def _wished(bank: Bank, roll: np.random.Generator, customer: Ints, product: Ints) -> Ints:
    """Cents put into each first holding: shares of the wealth, or the usual amount; MISSING without one."""
    scale = bank.catalogue.scale[product]
    weight = roll.gamma(1.5, 1.0, customer.size)
    total = np.bincount(customer, weights=weight, minlength=bank.people.size)[customer]
    share = bank.people.wealth[customer] * weight / (total + 0.8)
    usual = scale * np.exp(roll.normal(0.0, 0.5, customer.size))
    cents = np.where(scale > 0, usual, share).astype(np.int64) // 100_00 * 100_00
    return np.where((scale == 0) & (bank.catalogue.flow[product] == 0), MISSING, np.maximum(cents, 100_00))

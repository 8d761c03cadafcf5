"""What is bought in a week: purchases and top-ups, applications before and cancellations after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from service.simulate.bank import Bank, Step
from service.simulate.browsing import look_before
from service.simulate.catalogue import FORM
from service.simulate.chance import MISSING, NONE, Bools, Ints, Singles, logistic, pick
from service.simulate.choosing import choose
from service.simulate.journal import CHANNEL, KIND
from service.simulate.opening import maturity, terms
from service.simulate.period import APP_HOURS, DAY, OFFICE_HOURS, moments_between
from service.simulate.taxonomy import CATEGORIES

RATES = np.array([kind.rate for kind in CATEGORIES], dtype=np.float32)
WAYS = np.array([CHANNEL[name] for name in ("in_app", "branch", "online", "manager", "wechat", "kiosk")])
WAY_WEIGHTS = np.array([0.62, 0.15, 0.08, 0.07, 0.06, 0.02])
LOOKED_BEFORE = 0.62
CANCELLED = 0.03


class Bought(NamedTuple):
    """One entry a purchase; `number` is its event's, `cents` may be MISSING."""

    customer: Ints
    product: Ints
    when: Ints
    cents: Ints
    number: Ints


Choice = Callable[[Ints, Ints], Bools]
"""Says of (customer, product) pairs which of them are gone through with."""


def buy(bank: Bank, roll: np.random.Generator, step: Step) -> None:
    """One week of purchases: an independent chance for each customer and category."""
    fulfil(bank, roll, step, struck(bank, roll, wishes(bank, step)))


def wishes(bank: Bank, step: Step) -> Singles:
    """(customer, category): how many purchases a customer would make in the step, were all of them possible."""
    activity = np.where(bank.customers_of(step), bank.people.activity, 0.0).astype(np.float32)
    weeks = np.float32((step.end - step.begin) / (7 * DAY))
    chance: Singles = activity[:, None] * RATES * weeks * logistic(bank.logit + bank.pull)
    return chance


def struck(bank: Bank, roll: np.random.Generator, chance: Singles) -> tuple[Ints, Ints]:
    """(customer, category) of the wishes that come up and that the customer may fulfil."""
    hit = (roll.random(chance.shape, dtype=np.float32) < np.minimum(chance, np.float32(0.9))) & bank.may
    customer, category = np.nonzero(hit)
    return customer, category


def fulfil(
    bank: Bank, roll: np.random.Generator, step: Step, wanted: tuple[Ints, Ints], among: Choice | None = None
) -> Bought:
    """Carries out wishes (customer, category) on some day of the step, where a product and the money can be found."""
    customer, category = wanted
    channel = WAYS[pick(roll, WAY_WEIGHTS, customer.size)]
    begin, end = np.full(customer.size, step.begin), np.full(customer.size, step.end)
    desk = (channel == CHANNEL["branch"]) | (channel == CHANNEL["manager"])
    when = np.where(desk, moments_between(roll, begin, end, OFFICE_HOURS), moments_between(roll, begin, end, APP_HOURS))
    product = own_account(bank, customer, choose(bank, roll, (customer, category, when), buying=True))
    found = product != NONE
    if among is not None:
        found[found] = among(customer[found], product[found])
    kept = np.flatnonzero(found)
    bought = pay(bank, roll, (customer[kept], product[kept], when[kept]), channel[kept])
    looked = np.flatnonzero(roll.random(bought.number.size) < LOOKED_BEFORE)
    look_before(bank, roll, step, (bought.customer[looked], bought.product[looked], bought.when[looked]))
    return bought


def own_account(bank: Bank, customer: Ints, product: Ints) -> Ints:
    """The products, each demand account replaced by the one that the customer has."""
    demand = np.isin(bank.catalogue.form[product], [FORM["demand"]])
    return np.where(demand, bank.account[customer], product)


def pay(bank: Bank, roll: np.random.Generator, chosen: tuple[Ints, Ints, Ints], channel: Ints) -> Bought:
    """Buys what is chosen (customer, product, when) where the money suffices."""
    customer, product, when = chosen
    cents = _amounts(bank, roll, customer, product)
    kept = np.flatnonzero(cents != 0)
    customer, product, when = customer[kept], product[kept], when[kept]
    number = _settle(bank, roll, (customer, product, when), cents[kept], channel[kept])
    return Bought(customer, product, when, cents[kept], number)


def _amounts(bank: Bank, roll: np.random.Generator, customer: Ints, product: Ints) -> Ints:
    """Cents of each purchase: a share of the free money or the usual amount; MISSING has none, 0 is not possible."""
    catalogue = bank.catalogue
    scale, minimum, flow = catalogue.scale[product], catalogue.minimum[product], catalogue.flow[product]
    wishes = np.bincount(customer, minlength=bank.people.size)[customer]
    left = np.maximum(bank.free[customer], 0) // wishes
    share = (left * roll.beta(1.6, 2.6, customer.size)).astype(np.int64)
    share = np.where(share > 1_000_00, share // 100_00 * 100_00, share // 1_00 * 1_00)
    usual = (scale * np.exp(roll.normal(0.0, 0.6, customer.size))).astype(np.int64)
    cents = np.maximum(np.where(scale > 0, usual, share), minimum)
    payable = (flow >= 0) | ((cents <= left) & (cents > 0))
    return np.where((scale == 0) & (flow == 0), MISSING, np.where(payable, cents, 0))


def _settle(bank: Bank, roll: np.random.Generator, bought: tuple[Ints, Ints, Ints], cents: Ints, channel: Ints) -> Ints:
    """Writes the purchases down and moves money and spells; the numbers of their events."""
    customer, product, when = bought
    catalogue, spells = bank.catalogue, bank.spells
    place = spells.held[customer, product]
    more = place >= 0
    kind = np.where(more, KIND["top_up"], KIND["purchase"])
    _apply_before(bank, roll, bought, channel)
    number = bank.journal.write(customer, kind, when, product=product, cents=cents, channel=channel)
    bank.spend(customer, -catalogue.flow[product] * np.where(cents == MISSING, 0, cents))
    lasting = catalogue.form[product] != FORM["single"]
    added = more & lasting & (cents != MISSING)
    spells.cents[place[added]] += cents[added]
    fresh = np.flatnonzero(~more & lasting)
    matures = maturity(roll, when[fresh], terms(bank, product[fresh]))
    places = spells.open(customer[fresh], product[fresh], when[fresh], matures, cents[fresh])
    _cancel_some(bank, roll, places, number[fresh])
    return number


def _apply_before(bank: Bank, roll: np.random.Generator, bought: tuple[Ints, Ints, Ints], channel: Ints) -> None:
    """An application some minutes earlier, where there is something to apply for."""
    customer, product, when = bought
    formal = np.array([kind.regime != "none" for kind in CATEGORIES])[bank.catalogue.category[product]]
    rows = np.flatnonzero(formal & (roll.random(customer.size) < 0.55))
    earlier = np.maximum(when[rows] - roll.integers(60, 900, rows.size), bank.period.start)
    bank.journal.write(customer[rows], KIND["apply"], earlier, product=product[rows], channel=channel[rows])


def _cancel_some(bank: Bank, roll: np.random.Generator, places: Ints, numbers: Ints) -> None:
    """Some change their mind within a few days, before the simulated days end."""
    spells = bank.spells
    regret: Bools = roll.random(places.size) < CANCELLED
    when = spells.opened[places] + (roll.uniform(0.02, 6.0, places.size) * DAY).astype(np.int64)
    term = spells.matures[places]
    regret &= (when < bank.period.as_of) & ((term == MISSING) | (when < term))
    chosen = places[regret]
    customer, product, cents = spells.customer[chosen], spells.product[chosen], spells.cents[chosen]
    bank.journal.write(
        customer,
        KIND["cancel"],
        when[regret],
        product=product,
        cents=cents,
        refers=numbers[regret],
        channel=CHANNEL["in_app"],
    )
    bank.spend(customer, bank.catalogue.flow[product] * np.where(cents == MISSING, 0, cents))
    spells.close(chosen, when[regret])

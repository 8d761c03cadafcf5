"""What ends in a week: maturities, renewals and redemptions, and where the freed money is drawn to."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank, Step
from service.simulate.catalogue import FORM
from service.simulate.chance import MISSING, Bools, Ints
from service.simulate.journal import CHANNEL, KIND
from service.simulate.opening import terms
from service.simulate.period import APP_HOURS, DAY, moments_between
from service.simulate.taxonomy import CATEGORIES, INDEX, SUBSTITUTES

FADING = np.float32(0.55)
PARTLY = 0.25


def leave(bank: Bank, roll: np.random.Generator, step: Step) -> Ints:
    """Ends spells of the week; returns the places of those that are closed now."""
    bank.pull *= FADING
    present = bank.customers_of(step)[bank.spells.customer[: bank.spells.size]]
    matured = _mature(bank, roll, step)
    redeemed = np.concatenate(
        [_redeem_any_day(bank, roll, step, present), _redeem_in_windows(bank, roll, step, present)]
    )
    return np.concatenate([matured, redeemed])


def _attract(bank: Bank, places: Ints) -> None:
    """Draws the owners of freed money to what usually follows."""
    customer = bank.spells.customer[places]
    category = bank.catalogue.category[bank.spells.product[places]]
    for code, followers in SUBSTITUTES.items():
        freed = customer[category == INDEX[code]]
        for follower, weight in followers:
            bank.pull[freed, INDEX[follower]] = np.maximum(bank.pull[freed, INDEX[follower]], np.float32(weight))


def _renews(bank: Bank, roll: np.random.Generator, places: Ints) -> Bools:
    product = bank.spells.product[places]
    form = bank.catalogue.form[product]
    keen = bank.keenness(bank.spells.customer[places], bank.catalogue.category[product])
    likely = np.where(form == FORM["renewal"], 0.45 + 0.5 * keen, 0.12 + 0.6 * keen)
    private = np.array([kind.zone == "trust_private" for kind in CATEGORIES])[bank.catalogue.category[product]]
    renewed: Bools = (roll.random(places.size) < likely) & (form != FORM["loan"]) & ~private
    return renewed


def _mature(bank: Bank, roll: np.random.Generator, step: Step) -> Ints:
    spells = bank.spells
    matures = spells.matures[: spells.size]
    places = np.flatnonzero(spells.open_now() & (matures >= step.begin) & (matures < step.end))
    renewed = _renews(bank, roll, places)
    again, over = places[renewed], places[~renewed]
    product = spells.product[again]
    when = spells.matures[again] + roll.integers(30, 600, again.size)
    bank.journal.write(spells.customer[again], KIND["renewal"], when, product=product, cents=spells.cents[again])
    spells.matures[again] += terms(bank, product) * DAY
    customer, product, when = spells.customer[over], spells.product[over], spells.matures[over]
    bank.journal.write(customer, KIND["mature"], when, product=product, cents=spells.cents[over])
    # Money lent is paid back, money placed returns; a premium is gone.
    sign = np.where(bank.catalogue.form[product] == FORM["renewal"], 0, -bank.catalogue.flow[product])
    bank.spend(customer, -sign * np.where(spells.cents[over] == MISSING, 0, spells.cents[over]))
    spells.close(over, when)
    _attract(bank, over[sign > 0])
    return over


def _redeem_any_day(bank: Bank, roll: np.random.Generator, step: Step, present: Bools) -> Ints:
    spells = bank.spells
    product = spells.product[: spells.size]
    free_exit = np.isin(bank.catalogue.form, [FORM["anyday"]])
    free_exit[bank.catalogue.shelves[INDEX["gold.physical"]]] = True
    places = np.flatnonzero(
        spells.open_now() & free_exit[product] & present & (spells.opened[: spells.size] < step.begin)
    )
    places = places[roll.random(places.size) < _hazard(bank, places)]
    whole = np.full(places.size, step.begin)
    when = moments_between(roll, whole, np.full(places.size, step.end), APP_HOURS)
    return _redeem(bank, roll, places, when)


def _redeem_in_windows(bank: Bank, roll: np.random.Generator, step: Step, present: Bools) -> Ints:
    spells, openings = bank.spells, bank.catalogue.openings
    now = openings[(openings[:, 1] >= step.begin) & (openings[:, 1] < step.end)]
    begin = np.full(len(bank.catalogue.products), MISSING)
    end = begin.copy()
    begin[now[:, 0]], end[now[:, 0]] = now[:, 1], np.minimum(now[:, 2], step.end)
    product = spells.product[: spells.size]
    held_out = spells.opened[: spells.size] + (bank.catalogue.term[product] + 1) * DAY < begin[product]
    places = np.flatnonzero(spells.open_now() & (begin[product] != MISSING) & held_out & present)
    places = places[roll.random(places.size) < 4.0 * _hazard(bank, places)]
    product = spells.product[places]
    return _redeem(bank, roll, places, moments_between(roll, begin[product], end[product], APP_HOURS))


def _hazard(bank: Bank, places: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    category = bank.catalogue.category[bank.spells.product[places]]
    return 0.01 + 0.05 * (1.0 - bank.keenness(bank.spells.customer[places], category))


def _redeem(bank: Bank, roll: np.random.Generator, places: Ints, when: Ints) -> Ints:
    """Takes all or a part out; returns the places that are closed by it."""
    spells = bank.spells
    balance = spells.cents[places]
    part = (balance * roll.uniform(0.1, 0.7, places.size)).astype(np.int64) // 1_00 * 1_00
    partly = (roll.random(places.size) < PARTLY) & (part > 0)
    cents = np.where(partly, part, balance)
    channel = np.where(roll.random(places.size) < 0.85, CHANNEL["in_app"], CHANNEL["online"])
    customer, product = spells.customer[places], spells.product[places]
    bank.journal.write(customer, KIND["redeem"], when, product=product, cents=cents, channel=channel)
    bank.spend(customer, -cents)
    spells.cents[places[partly]] -= part[partly]
    gone = places[~partly]
    spells.close(gone, when[~partly])
    _attract(bank, gone)
    return gone

"""What a shelf is truly worth to its customer, and what the best one would be."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank
from service.simulate.buying import RATES
from service.simulate.chance import NONE, Bools, Floats, Ints, logistic
from service.simulate.live.attention import PLACES, attention
from service.simulate.live.shelves import Cards
from service.simulate.period import DAY
from service.simulate.population import REGIONS
from service.simulate.product import HOST
from service.simulate.taxonomy import CATEGORIES

ALIKE = 2
"""Cards of one category that are worth something; a third tells the customer nothing new."""
ASSESSED_DAYS = 365


def preferences(bank: Bank, customer: Ints) -> Floats:
    """(customer, category): the chance that the latent state gives to a wish, as a share of the customer's sum."""
    chance = logistic(bank.logit[customer]).astype(np.float64)
    share: Floats = chance / chance.sum(axis=1, keepdims=True)
    return share


def wished(bank: Bank, customer: Ints) -> Floats:
    """(customer, category): the rate at which a customer wishes to buy, as a share of the customer's sum."""
    rate = logistic(bank.logit[customer]).astype(np.float64) * RATES
    share: Floats = rate / rate.sum(axis=1, keepdims=True)
    return share


def shelf_values(bank: Bank, share: Floats, cards: Cards, may: Ints) -> tuple[Floats, Floats]:
    """(value, best value) of each customer's shelf; `share` are `preferences` or `wished`, `may` is `may_be_shown`.

    The value is the sum over the cards of share × attention at their place, where only the first two cards of a
    category count; the best is that of the categories in the order of their share, two cards each as far as products
    that this customer may be shown reach, on a page as long as the usual one or the one shown.
    """
    category, customers = bank.catalogue.category[cards.product], len(share)
    counted = _earlier_alike(cards.shelf, category, cards.place) < ALIKE
    worth = share[cards.shelf, category] * attention(cards.place) * counted
    value = np.bincount(cards.shelf, weights=worth, minlength=customers).astype(np.float64)
    shown = np.maximum(np.bincount(cards.shelf, minlength=customers), PLACES)
    copies = [np.where(may > copy, share, 0.0) for copy in range(ALIKE)]
    best = -np.sort(-np.concatenate(copies, axis=1), axis=1)[:, : int(shown.max(initial=PLACES))]
    places = np.arange(1, best.shape[1] + 1)
    weights = np.where(places <= shown[:, None], attention(places), 0.0)
    return value, (best * weights).sum(axis=1)


def may_be_shown(bank: Bank, customers: Ints, moment: int) -> Ints:
    """(customer, category): how many products on sale now could lawfully stand on the customer's shelf in the app."""
    catalogue, people = bank.catalogue, bank.people
    on_sale = (catalogue.sale_from <= moment) & (catalogue.sold_until > moment) & _in_app(bank)
    region, capacity = people.region[customers], people.capacity[customers]
    counts = np.zeros((customers.size, len(CATEGORIES)), dtype=np.int64)
    for where in range(NONE, len(REGIONS)):
        sold = on_sale & _sold_in(catalogue.regions, where)
        for most in range(6):
            rows = (region == where) & (capacity == most)
            fits = sold & (catalogue.grade <= most)
            counts[rows] = np.bincount(catalogue.category[fits], minlength=len(CATEGORIES))
    assessed = people.assessed[customers]
    valid = (capacity > 0) & (assessed <= moment) & (assessed > moment - ASSESSED_DAYS * DAY)
    needing = np.array([kind.regime not in {"none", "credit"} for kind in CATEGORIES])
    return np.where(bank.may[customers] & (valid[:, None] | ~needing), counts, 0)


def _sold_in(regions: Ints, where: int) -> Bools:
    everywhere = (1 << len(REGIONS)) - 1
    sold: Bools = regions == everywhere if where == NONE else (regions >> where) & 1 == 1
    return sold


def _in_app(bank: Bank) -> Bools:
    """Which products can stand on a shelf in the app at all: public offerings, sold there, at the bank's own host."""
    return np.array(
        [
            one.kind.zone != "trust_private" and (not one.channels or "in_app" in one.channels) and one.host == HOST
            for one in bank.catalogue.products
        ]
    )


def _earlier_alike(shelf: Ints, category: Ints, place: Ints) -> Ints:
    """For each card, how many of its category stand before it on its shelf."""
    group = shelf * len(CATEGORIES) + category
    order = np.lexsort((place, group))
    ordered = group[order]
    earlier = np.empty(group.size, dtype=np.int64)
    earlier[order] = np.arange(group.size) - np.searchsorted(ordered, ordered, side="left")
    return earlier

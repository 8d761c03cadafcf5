"""Which product of a category a customer takes: appeal, yield, habit and chance, among what is sold to them."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank
from service.simulate.chance import NONE, Bools, Ints
from service.simulate.population import REGIONS
from service.simulate.spells import BLOCKED

HABIT = 0.9
EVERYWHERE = (1 << len(REGIONS)) - 1


def choose(bank: Bank, roll: np.random.Generator, wanted: tuple[Ints, Ints, Ints], *, buying: bool) -> Ints:
    """One product for each wanted (customer, category, moment), NONE where nothing suits; browsers may see more."""
    customer, category, when = wanted
    product = np.full(customer.size, NONE, dtype=np.int64)
    order = np.argsort(category, kind="stable")
    bounds = np.searchsorted(category[order], np.arange(len(bank.catalogue.shelves) + 1))
    for code, shelf in enumerate(bank.catalogue.shelves):
        rows = order[bounds[code] : bounds[code + 1]]
        if rows.size and shelf.size:
            score = bank.catalogue.taste[shelf] + roll.gumbel(0.0, 0.8, (rows.size, shelf.size))
            score += HABIT * bank.spells.ever[customer[rows][:, None], shelf]
            fits = _on_sale(bank, shelf, when[rows])
            if buying:
                fits &= _suits(bank, customer[rows], shelf)
            score[~fits] = -np.inf
            product[rows] = np.where(fits.any(axis=1), shelf[score.argmax(axis=1)], NONE)
    return product


def _on_sale(bank: Bank, shelf: Ints, when: Ints) -> Bools:
    sold: Bools = (bank.catalogue.sale_from[shelf] <= when[:, None]) & (
        bank.catalogue.sold_until[shelf] > when[:, None]
    )
    return sold


def _suits(bank: Bank, customer: Ints, shelf: Ints) -> Bools:
    """Grade, region, and not already held where one holds it only once."""
    catalogue, people = bank.catalogue, bank.people
    held = bank.spells.held[customer[:, None], shelf]
    region = people.region[customer]
    needed = np.where(region == NONE, EVERYWHERE, 1 << np.maximum(region, 0))
    suits: Bools = catalogue.grade[shelf] <= people.capacity[customer][:, None]
    suits |= catalogue.grade[shelf] == 0
    suits &= (catalogue.regions[shelf] & needed[:, None]) == needed[:, None]
    suits &= (held == NONE) | ((held >= 0) & ~catalogue.once[shelf])
    suits &= held != BLOCKED
    return suits

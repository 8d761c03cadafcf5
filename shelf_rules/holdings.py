"""Holding spells as they stand on one day: what is held, since when, with which balances, and what matures soon."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Catalogue
from shelf_rules.facts import Past

_OPEN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Spells by category number; days are whole days, amounts minor units with 0 for an unknown one."""

    products: Bools  # held now, per catalogue row
    spells: dict[int, list[tuple[int, int | None]]] = field(default_factory=dict)  # [start, end), None = open
    balance: dict[int, int] = field(default_factory=dict)  # of every category held now
    opened: dict[int, int] = field(default_factory=dict)  # day of the newest spell
    due: dict[int, int] = field(default_factory=dict)  # matures soon, today included
    matured: dict[int, int] = field(default_factory=dict)  # matures today: no balance any more, but money still here


def read_holdings(past: Past, catalogue: Catalogue, *, today: int, ahead: int) -> Holdings:
    """The spells up to `today`; one whose maturity has come ends there, `due` is what matures within `ahead` days.

    What matures today is held no more and yet due: maturities count from today on (domain model §1, §4).
    """
    holdings = Holdings(products=np.zeros(len(catalogue), dtype=np.bool_))
    if not past.holdings_read:
        return holdings
    categories = len(catalogue.categories)
    names = ("category", "product", "opened", "closed", "matures", "since", "amount")
    columns = [past.spells[name].tolist() for name in names]
    for category, product, opened, closed, matures, since, amount in zip(*columns, strict=True):
        if opened > today or not 0 <= category < categories:  # one that is newer than this catalogue waits for the next
            continue
        end: int | None = closed
        if not _OPEN < closed <= today:
            row = _row(catalogue, product)
            maturity = matures if matures != UNKNOWN else _end_of_term(catalogue, row, since)
            end = max(maturity, opened) if UNKNOWN < maturity <= today else None
            if end is None:
                _add(holdings.balance, category, amount)
                if row != UNKNOWN:
                    holdings.products[row] = True
            _fall_due(holdings, category, amount, maturity - today, ahead)
        holdings.spells.setdefault(category, []).append((opened, end))
        if opened > holdings.opened.get(category, UNKNOWN):
            holdings.opened[category] = opened
    return holdings


def _row(catalogue: Catalogue, product: int) -> int:
    return catalogue.row_of.item(product) if 0 <= product < len(catalogue.row_of) else UNKNOWN


def _end_of_term(catalogue: Catalogue, row: int, since: int) -> int:
    """The maturity of a product that ends with its term, counted from the last purchase or renewal."""
    if UNKNOWN in (since, row) or not catalogue.matures.item(row):
        return UNKNOWN
    term = catalogue.term_days.item(row)
    return UNKNOWN if term == UNKNOWN else since + term


def _fall_due(holdings: Holdings, category: int, amount: int, days: int, ahead: int) -> None:
    if 0 <= days <= ahead:
        _add(holdings.due, category, amount)
    if days == 0:
        _add(holdings.matured, category, amount)


def _add(amounts: dict[int, int], category: int, amount: int) -> None:
    amounts[category] = amounts.get(category, 0) + max(amount, 0)

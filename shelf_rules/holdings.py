"""Holding spells as they stand on one day: what is held, since when, with which balances, and what matures soon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Catalogue
from shelf_rules.facts import Past

_OPEN = -1


class _Spell(NamedTuple):
    category: int
    row: int  # catalogue row, UNKNOWN where the catalogue lacks the product
    opened: int
    closed: int  # or _OPEN
    matures: int  # day on which an open spell matures, or UNKNOWN
    amount: int  # 0 where unknown


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Spells by category number; days are whole days, amounts minor units with 0 for an unknown one."""

    products: Bools  # held now, per catalogue row
    spells: dict[int, list[tuple[int, int | None]]] = field(default_factory=dict)  # [start, end), None = open
    balance: dict[int, int] = field(default_factory=dict)  # of every category held now
    due: dict[int, int] = field(default_factory=dict)  # matures soon, today included
    matured: dict[int, int] = field(default_factory=dict)  # matures today: no balance any more, but money still here


def read_holdings(past: Past, catalogue: Catalogue, *, today: int, ahead: int) -> Holdings:
    """The spells up to `today`; one whose maturity has come ends there, `due` is what matures within `ahead` days.

    What matures today is held no more and yet due: maturities count from today on (domain model §1, §4).
    """
    holdings = Holdings(products=np.zeros(len(catalogue), dtype=np.bool_))
    for category, row, opened, closed, matures, amount in _spells(past, catalogue, today):
        end: int | None = None
        if closed != _OPEN:
            end = closed
        elif UNKNOWN < matures <= today:
            end = max(matures, opened)
        else:
            _add(holdings.balance, category, amount)
            if row != UNKNOWN:
                holdings.products[row] = True
        if today <= matures <= today + ahead:
            _add(holdings.due, category, amount)
            if matures == today:
                _add(holdings.matured, category, amount)
        holdings.spells.setdefault(category, []).append((opened, end))
    return holdings


def _spells(past: Past, catalogue: Catalogue, today: int) -> Iterator[_Spell]:
    """The spells that began by `today`, without what lies ahead of it; none where consent `holdings` is refused."""
    if not past.holdings_read:
        return
    columns = ("category", "product", "opened", "closed", "matures", "since", "amount")
    rows = zip(*(past.spells[name].tolist() for name in columns), strict=True)
    for category, product, opened, closed, matures, since, amount in rows:
        if opened <= today:
            row = catalogue.row_of.item(product) if 0 <= product < len(catalogue.row_of) else UNKNOWN
            if _OPEN < closed <= today:
                yield _Spell(category, row, opened, closed, UNKNOWN, 0)
            else:
                maturity = matures if matures != UNKNOWN else _end_of_term(catalogue, row, since)
                yield _Spell(category, row, opened, _OPEN, maturity, max(amount, 0))


def _end_of_term(catalogue: Catalogue, row: int, since: int) -> int:
    """The maturity of a product that ends with its term, counted from the last purchase or renewal."""
    if UNKNOWN in (since, row) or not catalogue.matures.item(row):
        return UNKNOWN
    term = catalogue.term_days.item(row)
    return UNKNOWN if term == UNKNOWN else since + term


def _add(amounts: dict[int, int], category: int, amount: int) -> None:
    amounts[category] = amounts.get(category, 0) + amount

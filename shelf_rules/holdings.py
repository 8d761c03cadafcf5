"""Holding spells as they stand on one day: what is held, since when, with which balances, and what matures soon."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue
from shelf_rules.facts import Past

Interval = tuple[int, int | None]  # [start, end), None = open


@dataclass(slots=True, eq=False)
class Holdings:
    """Spells by category number; days are whole days, amounts minor units with 0 for an unknown one."""

    products: Bools  # per catalogue row
    spells: dict[int, list[Interval]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    balance: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)
    matured: dict[int, int] = field(default_factory=dict)  # what matures today: no balance any more, still money here


def read_holdings(past: Past, catalogue: Catalogue, *, today: int, ahead: int) -> Holdings:
    """The spells up to `today`; one whose maturity has come ends there, `due` is what matures within `ahead` days.

    What matures today is held no more and yet counts as due: maturities count from today on (domain model §4).
    """
    holdings = Holdings(products=np.zeros(len(catalogue), dtype=np.bool_))
    spells = past.spells
    columns = ("category", "product", "opened", "closed", "matures", "since", "amount")
    for category, product, opened, closed, matures, since, amount in zip(
        *(spells[name].tolist() for name in columns), strict=True
    ):
        if opened > today:
            continue
        row = _row(catalogue, product)
        end = closed if 0 <= closed <= today else None
        if end is None:
            known = max(amount, 0)
            maturity = matures if matures >= 0 else _term_end(catalogue, row, since)
            if today <= maturity <= today + ahead:
                holdings.due[category] = holdings.due.get(category, 0) + known
            if 0 <= maturity <= today:
                end = max(maturity, opened)
                if maturity == today:
                    holdings.matured[category] = holdings.matured.get(category, 0) + known
            else:
                _hold(holdings, category, row, known)
        holdings.spells.setdefault(category, []).append((opened, end))
    return holdings


def _row(catalogue: Catalogue, product: int) -> int:
    return catalogue.row_of.item(product) if 0 <= product < len(catalogue.row_of) else -1


def _term_end(catalogue: Catalogue, row: int, since: int) -> int:
    """The maturity of a product that ends with its term, counted from the last purchase or renewal; -1 unknown."""
    if since < 0 or row < 0 or not catalogue.matures.item(row):
        return -1
    term = catalogue.term_days.item(row)
    return since + term if term >= 0 else -1


def _hold(holdings: Holdings, category: int, row: int, amount: int) -> None:
    holdings.held.add(category)
    holdings.balance[category] = holdings.balance.get(category, 0) + amount
    if row >= 0:
        holdings.products[row] = True

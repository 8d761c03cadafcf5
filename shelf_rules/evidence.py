"""What the past says per category at `today`: occasions, repeats, holding, balances, intent, wallet gap, maturities."""

from __future__ import annotations

from dataclasses import dataclass

from shelf_rules.catalogue import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Columns over category numbers unless said otherwise; amounts in minor units, nan or None where unknown."""

    repeats: Floats  # R
    share: Floats  # d
    balance: Floats  # bal, minor units (0 where nothing is held or the balance is unknown)
    balance_share: Floats  # s
    alive: Floats  # P(alive) or its fallback, also where held; nan without a past
    held: Bools
    occasions: Ints  # number of occasions, those of dropped purchases included
    intent: Floats  # i
    external: Floats  # ext
    gap: Floats  # g
    outflow_recent: Bools  # an own-name outflow mapped to the category in the last 90 days
    maturity: Floats  # x
    recent: tuple[int, ...]  # most recently opened or bought distinct categories, newest first
    held_products: Bools  # per catalogue row
    aum: float
    idle: float
    due: float
    inflow: float
    new_funds: float | None  # N̂
    ability: float | None  # ability to pay

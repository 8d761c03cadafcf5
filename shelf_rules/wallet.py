"""Money that moves between this bank and others: what is held elsewhere per category, and new funds coming in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from shelf_rules.catalogue import Categories
from shelf_rules.facts import COUNTERPARTIES, Past
from shelf_rules.policy import WalletPolicy

DAYS_A_WEEK = 7
_MONDAY = 3  # 1970-01-01 was a Thursday


@dataclass(slots=True, eq=False)
class Wallet:
    """Amounts in minor units; `external` and `recent` by category number, of own-name flows alone."""

    external: dict[int, float] = field(default_factory=dict)  # ext of §4
    recent: set[int] = field(default_factory=set)  # money left for the category's counterparties in the last weeks
    inflow: int = 0  # net of all flows of the last weeks, never below 0


def read_wallet(past: Past, policy: WalletPolicy, categories: Categories, *, today: int) -> Wallet:
    """The flows up to `today`, their ages in whole weeks that begin on Monday; without consent nothing is elsewhere."""
    wallet, net = Wallet(), 0
    decayed: dict[int, list[float]] = {}
    left: set[int] = set()
    this_week, last_weeks = (today + _MONDAY) // DAYS_A_WEEK, policy.recent_weeks
    columns = [past.flows[name].tolist() for name in ("kind", "own", "week", "money_in", "money_out")]
    for kind, own, week, money_in, money_out in zip(*columns, strict=True):
        age = this_week - week
        if 0 <= age <= last_weeks:
            net += money_in - money_out
        if own and age >= 0:
            decay = 2.0 ** (-DAYS_A_WEEK * age / policy.half_life)
            decayed.setdefault(kind, []).append(decay * (money_out - money_in))
            if money_out > 0 and age <= last_weeks:
                left.add(kind)
    wallet.inflow = max(0, net)
    if past.outflow_read:
        for kind in sorted(decayed):
            _share_out(wallet, math.fsum(decayed[kind]), _shares(kind, policy, categories), recent=kind in left)
        wallet.external = {category: max(0.0, amount) for category, amount in wallet.external.items()}
    return wallet


def _shares(kind: int, policy: WalletPolicy, categories: Categories) -> Iterable[tuple[int, float]]:
    shares = policy.shares.get(COUNTERPARTIES[kind], {})
    return [(categories.number[code], share) for code, share in shares.items() if code in categories.number]


def _share_out(wallet: Wallet, amount: float, shares: Iterable[tuple[int, float]], *, recent: bool) -> None:
    for category, share in shares:
        wallet.external[category] = wallet.external.get(category, 0.0) + share * amount
        if recent and share > 0:
            wallet.recent.add(category)

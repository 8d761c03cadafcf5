"""Money that moves between this bank and others: what is held elsewhere per category, and new funds coming in."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from shelf_rules.catalogue import Categories
from shelf_rules.facts import COUNTERPARTIES, Past
from shelf_rules.policy import WalletPolicy

DAYS_A_WEEK = 7
FLOW_WEEKS = 58  # older flows count 0, whether the state still has them or not (domain model §1)
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
    this_week, last_weeks, half_life = (today + _MONDAY) // DAYS_A_WEEK, policy.recent_weeks, policy.half_life
    columns = [past.flows[name].tolist() for name in ("kind", "own", "week", "money_in", "money_out")]
    for kind, own, week, money_in, money_out in zip(*columns, strict=True):
        age = this_week - week
        if 0 <= age <= last_weeks:
            net += money_in - money_out
        if own and 0 <= age <= FLOW_WEEKS:
            decay = 2.0 ** (-DAYS_A_WEEK * age / half_life)
            decayed.setdefault(kind, []).append(decay * (money_out - money_in))
            if money_out > 0 and age <= last_weeks:
                left.add(kind)
    wallet.inflow = max(0, net)
    if past.outflow_read:
        _share_out(wallet, {kind: math.fsum(decayed[kind]) for kind in sorted(decayed)}, left, policy, categories)
    return wallet


def _share_out(
    wallet: Wallet, moved: dict[int, float], left: set[int], policy: WalletPolicy, categories: Categories
) -> None:
    """Give every category its share of what moved to or from each counterparty class."""
    net: dict[int, float] = {}
    for kind, amount in moved.items():
        for code, share in policy.shares.get(COUNTERPARTIES[kind], {}).items():
            category = categories.number.get(code)
            if category is not None:
                net[category] = net.get(category, 0.0) + share * amount
                if kind in left and share > 0:
                    wallet.recent.add(category)
    wallet.external = {category: amount for category, amount in net.items() if amount > 0}

"""What the past says per category at `today`: occasions, repeats, holding, balances, intent, wallet gap, maturities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue, Categories, Floats, Ints
from shelf_rules.facts import EVENT_KINDS, Facts, Past, Population
from shelf_rules.formulas import (
    effective_repeats,
    holding_share,
    intent,
    p_alive,
    recency,
    rounded,
    wallet_gap,
)
from shelf_rules.holdings import Holdings, Spells, read_holdings
from shelf_rules.policy import IntentPolicy, Policy
from shelf_rules.purchases import NEVER, Purchases, read_purchases
from shelf_rules.regime import Regime
from shelf_rules.wallet import Wallet, read_wallet

INTENT_DAYS = 120
"""Intent older than this counts 0, whether or not the state still has it (domain model §1)."""

_DEMAND = "deposit.demand"
_MONTHS_OF_INFLOW = 3.0  # the inflow is that of 13 weeks, N̂ that of 30 days


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


def gather_evidence(facts: Facts, catalogue: Catalogue, policy: Policy, regime: Regime) -> Evidence:
    """The evidence of §3 and §4 at `facts.today` from `facts.past`; ValueError where the facts carry no past.

    Shares and probabilities come to nine decimals, so that no threshold hangs on the last bit of `exp`.
    """
    past = facts.past
    if past is None:
        raise ValueError("evidence needs the customer's past")
    today, categories = facts.today, catalogue.categories
    bought = read_purchases(past, policy.fixed, categories, today=today)
    holdings = read_holdings(past, catalogue, today=today, ahead=policy.migratable.maturity_days)
    wallet = read_wallet(past, policy.wallet, categories, today=today)
    in_aum = [zone in regime.aum_zones for zone in categories.zones]
    invested = {c: amount for c, amount in holdings.money().items() if in_aum[categories.zone.item(c)]}
    aum = float(sum(invested.values()))

    measures = np.zeros((7, len(categories)))  # one block, so that it is rounded at once
    repeats, share, alive, balance_share, wanted, gap, maturity = measures
    _weigh_past((repeats, share, alive), bought, holdings, facts, categories)
    _put(wanted, _intents(past, today, policy.intent))
    balance = _put(np.zeros(len(categories)), holdings.balance)
    external = _put(np.zeros(len(categories)), wallet.external)
    if aum > 0:
        _put(balance_share, {c: holdings.balance.get(c, 0) / aum for c in invested})
        _weigh_maturities(maturity, holdings, facts.population, aum)
    if wallet.external:
        gap[:] = wallet_gap(external, balance, float(policy.wallet.kappa))
    repeats, share, alive, balance_share, wanted, gap, maturity = rounded(measures)
    occasions = np.zeros(len(categories), dtype=np.int64)
    for category, purchases in bought.items():
        occasions[category] = len(purchases)
    ...


def _put(column: Floats, values: Mapping[int, float]) -> Floats:
    for category, value in values.items():
        column[category] = value
    return column

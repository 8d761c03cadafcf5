"""What the past says per category at `today`: occasions, repeats, holding, balances, intent, wallet gap, maturities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Catalogue, Categories, Floats, Ints
from shelf_rules.facts import EVENT_KINDS, Facts, Past, Population
from shelf_rules.formulas import effective_repeats, holding_share, intent, p_alive, recency, wallet_gap
from shelf_rules.holdings import Holdings, read_holdings
from shelf_rules.policy import Policy
from shelf_rules.purchases import NEVER, Purchases, read_purchases
from shelf_rules.regime import Regime
from shelf_rules.wallet import Wallet, read_wallet

INTENT_DAYS = 120
"""Intent older than this counts 0, whether or not the state still has it (domain model §1)."""

_R, _D, _S, _ALIVE, _I, _G, _X = range(7)
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


class _Read(NamedTuple):
    """The parts of the past as they stand today, by category number."""

    bought: dict[int, Purchases]
    holdings: Holdings
    wallet: Wallet


def gather_evidence(facts: Facts, catalogue: Catalogue, policy: Policy, regime: Regime) -> Evidence:
    """The evidence of §3 and §4 at `facts.today` from `facts.past`; ValueError where the facts carry no past."""
    past, categories, today = facts.past, catalogue.categories, facts.today
    if past is None:
        raise ValueError("evidence needs the customer's past")
    read = _Read(
        read_purchases(past, policy.fixed, categories, today=today),
        read_holdings(past, catalogue, today=today, ahead=policy.migratable.maturity_days),
        read_wallet(past, policy.wallet, categories, today=today),
    )
    bought, holdings, wallet = read
    aum = _assets(holdings, categories, regime)
    idle, due = _idle(holdings, categories), _freed(holdings, categories, regime)
    fresh = wallet.inflow / _MONTHS_OF_INFLOW
    known = past.holdings_read and (past.statement or len(past.flows) > 0)
    measures = np.zeros((7, len(categories)))
    _weigh_past(measures, read, facts, categories)
    _weigh_present(measures, read, facts, policy)
    if aum > 0:
        for category, amount in holdings.balance.items():
            if categories.zones[categories.zone.item(category)] in regime.aum_zones:
                measures[_S, category] = amount / aum
        _weigh_maturities(measures, holdings, facts.population, aum)
    return Evidence(
        repeats=measures[_R],
        share=measures[_D],
        balance=_column(categories, holdings.balance),
        balance_share=measures[_S],
        alive=measures[_ALIVE],
        held=_marks(categories, holdings.balance),
        occasions=_column(categories, {c: purchases.times for c, purchases in bought.items()}).astype(np.int64),
        intent=measures[_I],
        external=_column(categories, wallet.external),
        gap=measures[_G],
        outflow_recent=_marks(categories, wallet.recent),
        maturity=measures[_X],
        recent=_recent(read, len(policy.transferable.recent_categories)),
        held_products=holdings.products,
        aum=aum,
        idle=idle,
        due=due,
        inflow=float(wallet.inflow),
        new_funds=idle + due + fresh if known else None,
        ability=aum + math.fsum(wallet.external.values()) + fresh if known else None,
    )


def _weigh_past(measures: Floats, read: _Read, facts: Facts, categories: Categories) -> None:
    """R, d and P(alive) of every category with a past."""
    today, population = facts.today, facts.population
    repeats, share, alive = measures[_R], measures[_D], measures[_ALIVE]
    alive[:] = np.nan
    for category in read.bought.keys() | read.holdings.spells.keys():
        half_life = categories.half_life.item(category)
        bought, spells = read.bought.get(category, NEVER), read.holdings.spells.get(category, ())
        repeats[category] = effective_repeats(bought.occasions, today, half_life)
        share[category] = holding_share(spells, today, half_life)
        fit = _fit(population, category) if bought.times > 1 else None
        if fit is None:
            last = bought.last if bought.times else max(today if end is None else end for _, end in spells)
            alive[category] = recency(today - last, _usual_gap(bought, population, category), half_life)
        else:
            r, alpha, a, b = fit
            repeated, age = bought.last - bought.first, today - bought.first
            alive[category] = p_alive(bought.times - 1, repeated, age, r=r, alpha=alpha, a=a, b=b)


def _fit(population: Population | None, category: int) -> list[float] | None:
    """r, α, a, b of the category; None where the model artifact has no fit."""
    fit: list[float] = [math.nan] if population is None else population.bgnbd[category].tolist()
    return fit if math.isfinite(sum(fit)) else None


def _usual_gap(bought: Purchases, population: Population | None, category: int) -> float:
    """g̃ in days: the customer's median gap between occasions, else that of all customers, else 0 (§21)."""
    if len(bought.occasions) > 1:
        return median([later[0] - earlier[0] for earlier, later in pairwise(bought.occasions)])
    usual = math.nan if population is None else population.gap.item(category)
    return usual if math.isfinite(usual) else 0.0


def _weigh_present(measures: Floats, read: _Read, facts: Facts, policy: Policy) -> None:
    """Intent i and wallet gap g."""
    if facts.past is None:
        return
    wanted, gap, balance = measures[_I], measures[_G], read.holdings.balance
    for category, events in _intent_events(facts.past, facts.today, len(wanted)).items():
        wanted[category] = intent(events, facts.today, policy.intent)
    for category, external in read.wallet.external.items():
        gap[category] = wallet_gap(external, float(balance.get(category, 0)), policy.wallet.kappa)


def _intent_events(past: Past, today: int, categories: int) -> dict[int, list[tuple[int, str, int, int]]]:
    """Intent of the last 120 days by category: day, kind, session, count; none without consent `behaviour`."""
    events: dict[int, list[tuple[int, str, int, int]]] = {}
    if past.behaviour_read:
        columns = [past.intent[name].tolist() for name in ("category", "day", "kind", "session", "count")]
        for category, day, kind, session, count in zip(*columns, strict=True):
            if today - day <= INTENT_DAYS and 0 <= category < categories:
                events.setdefault(category, []).append((day, EVENT_KINDS[kind], session, count))
    return events


def _weigh_maturities(measures: Floats, holdings: Holdings, population: Population | None, aum: float) -> None:
    """Maturity signal x: what matures soon goes to the categories that stand in for its own (substitution S)."""
    if population is not None and holdings.due:
        due = sorted(holdings.due.items())  # a sum must not run in the order of arrival
        shares = np.array([amount / aum for _, amount in due])
        measures[_X] = np.minimum(shares @ population.substitution[[category for category, _ in due]], 1.0)


def _assets(holdings: Holdings, categories: Categories, regime: Regime) -> float:
    """AUM: balances, and what matures today, in the zones that count."""
    total = 0
    for amounts in (holdings.balance, holdings.matured):
        for category, amount in amounts.items():
            if categories.zones[categories.zone.item(category)] in regime.aum_zones:
                total += amount
    return float(total)


def _idle(holdings: Holdings, categories: Categories) -> float:
    demand = categories.number.get(_DEMAND)
    return 0.0 if demand is None else float(holdings.balance.get(demand, 0))


def _freed(holdings: Holdings, categories: Categories, regime: Regime) -> float:
    """What matures soon and frees funds: the end of a loan frees none."""
    zones, zone = categories.zones, categories.zone
    return float(sum(amount for c, amount in holdings.due.items() if zones[zone.item(c)] not in regime.funded_exempt))


def _recent(read: _Read, most: int) -> tuple[int, ...]:
    """The categories most recently opened or bought, newest first, ties by category number."""
    newest = dict(read.holdings.opened)
    for category, bought in read.bought.items():
        if bought.newest > newest.get(category, UNKNOWN):
            newest[category] = bought.newest
    return tuple(sorted(newest, key=lambda category: (-newest[category], category))[:most])


def _column(categories: Categories, values: Mapping[int, float]) -> Floats:
    column = np.zeros(len(categories))
    for category, value in values.items():
        column[category] = value
    return column


def _marks(categories: Categories, marked: Iterable[int]) -> Bools:
    marks = np.zeros(len(categories), dtype=np.bool_)
    for category in marked:
        marks[category] = True
    return marks

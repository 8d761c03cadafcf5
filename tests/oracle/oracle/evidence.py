"""Past, present and money of a customer: R, d, s, A, i, g, x and what follows from them (§1, §3, §4)."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from itertools import pairwise

from tests.oracle.oracle.files import Model
from tests.oracle.oracle.history import History, Purchase
from tests.oracle.oracle.spells import Spell
from tests.oracle.oracle.tables import (
    FLOW_HALF_LIFE,
    INTENT_HALF_LIFE,
    INTENT_PER_SESSION,
    INTENT_SCALE,
    INTENT_WEIGHTS,
    KAPPA,
    MATURITY_DAYS,
    MERGE_DAYS,
    NOT_FUNDED_ZONES,
    OUTFLOW_SHARES,
    RECENT_WEEKS,
    WALLET_CATEGORIES,
    half,
    half_life_of,
    zone_of,
)

Occasion = tuple[int, float]


@dataclass
class Money:
    """The derived amounts of §1; None is unknown."""

    assets: float
    free: float | None  # N̂
    ability: float | None


def occasions(purchases: list[Purchase], merge_days: int = MERGE_DAYS) -> list[Occasion]:
    """Purchases within three days of an occasion's first one are that occasion, with the largest weight."""
    merged: list[Occasion] = []
    for purchase in sorted(purchases, key=lambda one: one.day):
        if merged and purchase.day - merged[-1][0] <= merge_days:
            merged[-1] = (merged[-1][0], max(merged[-1][1], purchase.weight))
        else:
            merged.append((purchase.day, purchase.weight))
    return merged


def times(history: History, code: str) -> int:
    """How many occasions count; purchases that are no longer kept are one each."""
    counted = sum(weight > 0 for _, weight in occasions(history.purchases.get(code, [])))
    return counted + history.dropped.get(code, 0)


def effective_repeats(events: list[Occasion], today: int, half_life: float) -> float:
    """R, the time-decayed count."""
    return math.fsum(weight * half(today - day, half_life) for day, weight in events)


def holding_share(spells: list[Spell], today: int, half_life: float) -> float:
    """d, the decayed fraction of the past inside the union of the spells."""
    total, reached = 0.0, -math.inf
    for spell in sorted(spells, key=lambda one: one.opened):
        end = today if spell.ended is None else min(spell.ended, today)
        begin = max(spell.opened, reached)
        if end > begin:
            total += half(today - end, half_life) - half(today - begin, half_life)
            reached = end
    return total


def alive(history: History, model: Model, code: str) -> float | None:
    """P(alive) of a category with a past, None without one."""
    counted = [day for day, weight in occasions(history.purchases.get(code, [])) if weight > 0]
    dropped, spells, today = history.dropped.get(code, 0), history.spells.get(code, []), history.today
    if not counted and not dropped and not spells:
        return None
    repeats = len(counted) + dropped - 1
    first = history.first_day[code] if dropped else min(counted, default=today)
    last = max(counted, default=first)
    fit = model.bgnbd[code]
    if repeats > 0 and not any(map(math.isnan, fit)):
        return p_alive(repeats, last - first, today - first, fit)
    if not counted and not dropped:
        last = max(today if spell.ended is None else spell.ended for spell in spells)
    gap = model.gap[code]
    if len(counted) > 1:
        gap = statistics.median(b - a for a, b in pairwise(counted))
    return half(max(0.0, today - last - (0.0 if math.isnan(gap) else gap)), half_life_of(code))


def p_alive(repeats: int, last: float, age: float, fit: tuple[float, ...]) -> float:
    """The BG/NBD probability of §3; `repeats` at least 0, times from the first purchase."""
    r, alpha, a, b = fit
    if repeats == 0:
        return 1.0
    odds: float = a / (b + repeats - 1) * ((alpha + age) / (alpha + last)) ** (r + repeats)
    return 1.0 / (1.0 + odds)


def fixed_score(repeats: float, share: float, balance_share: float, factor: float) -> float:
    """F of §3."""
    return factor * (0.45 * (1 - math.exp(-repeats / 2)) + 0.40 * share + 0.15 * math.sqrt(balance_share))


def intent(history: History, code: str) -> float:
    """i: the strongest three events of each session, decayed and saturated."""
    sessions: dict[str, list[float]] = {}
    for row in history.intent.get(code, []):
        worth = INTENT_WEIGHTS[row["kind"]] * half(row["age"], INTENT_HALF_LIFE)
        sessions.setdefault(row["session"], []).append(worth)
    total = math.fsum(sum(sorted(worths)[-INTENT_PER_SESSION:]) for worths in sessions.values())
    return 1 - math.exp(-total / INTENT_SCALE)


def external(history: History, code: str) -> float:
    """ext: own-name money that went to the classes of a category and has not come back, decayed."""
    total = 0.0
    for kind, own, weeks, amount in history.flows:
        share = OUTFLOW_SHARES.get(kind or "", {}).get(code, 0.0)
        if own and share:
            total -= share * amount * half(7 * weeks, FLOW_HALF_LIFE)
    return max(0.0, total)


def recent_outflow(history: History, code: str) -> bool:
    """Whether own-name money went to a class of the category in the last 90 days."""
    return any(
        own and amount < 0 and weeks <= RECENT_WEEKS and code in OUTFLOW_SHARES.get(kind or "", {})
        for kind, own, weeks, amount in history.flows
    )


def wallet_gap(outside: float, balance: float, kappa: float = KAPPA) -> float:
    """g of §4."""
    return outside / (outside + balance + kappa)


def due(history: History) -> list[tuple[str, float]]:
    """Category and amount of each open spell that matures from today to 30 days ahead."""
    return [
        (code, spell.amount or 0.0)
        for code, spells in history.spells.items()
        for spell in spells
        if spell.falls_due(history.today, MATURITY_DAYS)
    ]


def maturity_signal(history: History, model: Model, code: str) -> float:
    """x of §4."""
    if history.assets <= 0:
        return 0.0
    moved = math.fsum(amount * model.substitution[origin, code] for origin, amount in due(history))
    return min(1.0, moved / history.assets)


def migratable_score(i: float, g: float, x: float) -> float:
    """M of §4."""
    return 1 - (1 - 0.9 * i) * (1 - 0.8 * g) * (1 - 0.6 * x)


def money_of(history: History, *, outflow_read: bool, known: bool) -> Money:
    """N̂ and the ability to pay; `known`: holdings may be read and there is a spell or a flow."""
    assets = history.assets
    if not known:
        return Money(assets, None, None)
    inflow = max(0.0, math.fsum(amount for _, _, weeks, amount in history.flows if weeks <= RECENT_WEEKS))
    maturing = math.fsum(amount for code, amount in due(history) if zone_of(code) not in NOT_FUNDED_ZONES)
    outside = math.fsum(external(history, code) for code in WALLET_CATEGORIES) if outflow_read else 0.0
    free = (history.balance("deposit.demand") or 0.0) + maturing + inflow / 3
    return Money(assets, free, assets + outside + inflow / 3)

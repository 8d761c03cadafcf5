"""The formulas of the three tiers as plain functions of numbers or columns."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from shelf_rules.catalogue import Floats
from shelf_rules.policy import FixedPolicy, IntentPolicy, MigratablePolicy

Occasion = tuple[float, float, float]  # day, amount, weight
V = TypeVar("V", float, Floats)

_LOGIT_EDGE = 1e-6
_DIGITS = 1e9
_MAX_EXPONENT = 700.0  # e to this is still a finite float


def rounded(values: Floats) -> Floats:
    """The values to nine decimals: what is compared must not hang on the last bit of `exp` or of a matrix product."""
    result: Floats = np.rint(values * _DIGITS) / _DIGITS
    return result


def mid_rank(values: Floats, among: Floats) -> Floats:
    """Percentile in [0, 1] of each value of `among`; equals share their middle rank, one alone stands at ½."""
    if len(among) < 2:
        return np.full(len(values), 0.5)
    ordered = np.sort(among)
    below = np.searchsorted(ordered, values, side="left")
    through = np.searchsorted(ordered, values, side="right")
    result: Floats = (below + through - 1) / (2.0 * (len(among) - 1))
    return result


def occasions(purchases: Iterable[Occasion], merge_days: float) -> list[Occasion]:
    """Merge purchases (day, amount, weight) of one category into occasions, in the order of their days (§3).

    A purchase at most `merge_days` after the first of an occasion belongs to it; an occasion has the day of its first
    purchase, the sum of the amounts and the largest weight.
    """
    merged: list[Occasion] = []
    first = -math.inf
    for day, amount, weight in sorted(purchases):
        if day - first <= merge_days:
            _, total, largest = merged[-1]
            merged[-1] = (first, total + amount, max(largest, weight))
        else:
            merged.append((day, amount, weight))
            first = day
    return merged


def effective_repeats(occasions: Iterable[Occasion], t: float, half_life: float) -> float:
    """Effective repeats R of §3: the weights of the occasions up to day `t`, each halved every `half_life` days."""
    return math.fsum([weight * 2.0 ** ((day - t) / half_life) for day, _, weight in occasions if day <= t])


def holding_share(spells: Iterable[tuple[float, float | None]], t: float, half_life: float) -> float:
    """Holding share d of §3 in [0, 1]: the share of the decayed past covered by the union of the spells.

    A spell is [start, end) in days; an end of None is open.
    """
    share, covered = 0.0, -math.inf
    for start, end in sorted([(start, t if end is None or end > t else end) for start, end in spells]):
        since = max(start, covered)
        if end > since:
            share += 2.0 ** ((end - t) / half_life) - 2.0 ** ((since - t) / half_life)
            covered = end
    return share


def p_alive(repeats: int, last_repeat: float, age: float, *, r: float, alpha: float, a: float, b: float) -> float:
    """BG/NBD probability of §3 that a customer still buys; days are measured from the first purchase.

    Without a repeat the model cannot see a drop-out and answers 1.
    """
    if repeats == 0:
        return 1.0
    exponent = (r + repeats) * math.log((alpha + age) / (alpha + last_repeat))
    return 1.0 / (1.0 + a / (b + repeats - 1.0) * math.exp(min(exponent, _MAX_EXPONENT)))


def recency(idle_days: float, usual_gap: float, half_life: float) -> float:
    """Fallback of P(alive) without a fit (§3, §21.3): halved every half-life once the usual gap is over."""
    alive: float = 2.0 ** (-max(0.0, idle_days - usual_gap) / half_life)
    return alive


def fixed_score(repeats: V, share: V, balance_share: V, alive: V, policy: FixedPolicy) -> V:
    """F of §3 in [0, 1] from effective repeats R, holding share d, balance share s and the alive factor A."""
    score: V = alive * (
        policy.w_repeat * (1.0 - np.exp(-repeats / policy.repeat_scale))
        + policy.w_duration * share
        + policy.w_balance * np.sqrt(balance_share)
    )
    return score


def intent(events: Iterable[tuple[float, str, Hashable, int]], t: float, policy: IntentPolicy) -> float:
    """Intent i of §4 in [0, 1): the saturated sum of decayed events (day, kind, app session, count) of one category.

    Of each session only the strongest `max_per_session` count; ties need no rule, since equals add the same.
    """
    sessions: dict[Hashable, list[float]] = {}
    weights, half_life, cap = policy.weights, policy.half_life, policy.max_per_session
    for day, kind, session, count in events:
        if day <= t:
            worth = weights.get(kind, 0.0) * 2.0 ** ((day - t) / half_life)
            if session in sessions:
                sessions[session] += [worth] * count
            else:
                sessions[session] = [worth] * count
    counted: list[float] = []
    for worths in sessions.values():
        counted += worths if len(worths) <= cap else sorted(worths, reverse=True)[:cap]
    return 1.0 - math.exp(-math.fsum(counted) / policy.scale)


def wallet_gap(external: V, balance: V, kappa: float) -> V:
    """Wallet gap g of §4 in [0, 1): the share of this kind of money that lies elsewhere; κ damps small sums."""
    return external / (external + balance + kappa)


def migratable_score(intent: V, gap: V, maturity: V, policy: MigratablePolicy) -> V:
    """M of §4 in [0, 1]: noisy-OR of intent i, wallet gap g and maturity signal x."""
    return 1.0 - ((1.0 - policy.w_intent * intent) * (1.0 - policy.w_gap * gap) * (1.0 - policy.w_maturity * maturity))


def hit_probability(hazard: V, horizon: float) -> V:
    """Probability q of §5 of at least one event within `horizon` days at a constant daily hazard."""
    probability: V = -np.expm1(-hazard * horizon)
    return probability


def logit(probability: ArrayLike) -> Floats:
    """Log odds, the probability kept inside [1e-6, 1 − 1e-6]."""
    inside = np.minimum(np.maximum(probability, _LOGIT_EDGE), 1.0 - _LOGIT_EDGE)
    result: Floats = np.log(inside / (1.0 - inside))
    return result


def log_pool(probabilities: ArrayLike, weights: ArrayLike) -> Floats:
    """T of §5: logarithmic opinion pool along the first axis; the weights of what is known sum to 1."""
    pooled: Floats = 1.0 / (1.0 + np.exp(-np.sum(np.asarray(weights) * logit(probabilities), axis=0)))
    return pooled

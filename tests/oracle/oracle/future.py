"""The future score T: transition, collaborative filtering and life stage, pooled (§5)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

import numpy as np

from tests.oracle.oracle.files import Customer, Model
from tests.oracle.oracle.history import History
from tests.oracle.oracle.tables import (
    CF_LOW,
    CF_RATIO,
    FOLD_IN_WEIGHTS,
    HORIZON,
    NOT_FUNDED_ZONES,
    PEER_PRIOR,
    PHI,
    POOL_WEIGHTS,
    PURCHASES,
    day_of,
    half,
    zone_of,
)

AGES, TENURES = (25, 35, 45, 55, 65), (90, 365, 1095)


def recent_categories(history: History, codes: list[str]) -> list[str]:
    """The three categories most recently opened or bought, of the same day in the order of the tables."""
    days: dict[str, int] = {}
    for code, bought in history.purchases.items():
        days[code] = max([days.get(code, -1), *(one.day for one in bought)])
    for code, spells in history.spells.items():
        days[code] = max([days.get(code, -1), *(one.opened for one in spells if one.opened <= history.today)])
    return sorted((code for code in days if days[code] >= 0), key=lambda code: (-days[code], codes.index(code)))[
        : len(PHI)
    ]


def hazard(recent: list[str], model: Model, code: str) -> float:
    """λ: the hazards from the recent categories, weighted by φ renormalised; without any the base rate."""
    if not recent:
        return model.base_rate[code]
    weights = PHI[: len(recent)]
    return math.fsum(w * model.hazard[origin, code] for w, origin in zip(weights, recent, strict=True)) / sum(weights)


def hit_probability(rate: float, horizon: float = HORIZON) -> float:
    """1 − e^(−λH)."""
    return 1 - math.exp(-rate * horizon)


def item_scores(history: History, model: Model, category_of: dict[str, str]) -> dict[str, float]:
    """ALS score of every product: the newest events folded into the item factors; empty without one."""
    weights: dict[str, float] = {}
    for event in history.product_events:
        item = event["product_id"]
        if item not in model.factors:
            continue
        half_life = model.half_lives["purchase" if event["kind"] in PURCHASES else "view"]
        weight = FOLD_IN_WEIGHTS[event["kind"]] * half(history.today - day_of(event["occurred_at"]), half_life)
        usual = model.usual[category_of[item]]
        if event["amount"] and not math.isnan(usual):
            weight *= math.log1p(round(event["amount"] * 100)) / usual  # the artifact's amounts are in minor units
        weights[item] = weights.get(item, 0.0) + weight
    if not weights:
        return {}
    settings = model.settings
    system = model.gram.copy()
    right = np.zeros(len(system))
    for item, weight in weights.items():
        factors, extra = model.factors[item], settings["alpha"] * weight
        system += extra * np.outer(factors, factors)
        right += (1.0 + extra) * factors
    ridge = settings["regularisation"] * (len(weights) if settings["lambda_mode"] == "freq" else 1)
    customer = np.linalg.solve(system + ridge * np.eye(len(system)), right)
    return {item: float(factors @ customer) for item, factors in model.factors.items()}


def percentiles(best: dict[str, float]) -> dict[str, float]:
    """The place of each value among all, 0 for the least and 1 for the greatest; equals share their mean place."""
    ordered = sorted(best.values())
    if len(ordered) < 2:
        return dict.fromkeys(best, 0.5)
    return {
        code: (bisect_left(ordered, value) + bisect_right(ordered, value) - 1) / 2 / (len(ordered) - 1)
        for code, value in best.items()
    }


def cf_probability(rate: float, place: float) -> float:
    """q2 before a ranker is promoted: base rate × 0.5·6^v."""
    lift: float = CF_LOW * CF_RATIO**place
    return min(1.0, hit_probability(rate) * lift)


def any_of(chances: list[float]) -> float:
    """q2 of a promoted ranker: 1 − Π(1 − p) over the eligible products of a category."""
    return 1 - math.prod(1 - chance for chance in chances)


def peer_group(customer: Customer, history: History, model: Model) -> int:
    """Age band, declared goal and tenure band as one number, in the order of the artifact's tables."""
    year = customer.profile.get("birth_year")
    this_year = int(np.datetime64(history.today, "D").astype("datetime64[Y]").astype(int)) + 1970
    age = len(AGES) + 1 if year is None else bisect_right(AGES, this_year - year)
    joined = customer.profile.get("joined_at")
    tenure = len(TENURES) + 1 if joined is None else bisect_right(TENURES, history.today - day_of(joined))
    goal = customer.profile.get("goal_purpose")
    wish = model.goals.index(goal) if goal in model.goals else len(model.goals)
    return int((age * (len(model.goals) + 1) + wish) * (len(TENURES) + 2) + tenure)


def peer_probability(group: int, model: Model, code: str) -> float:
    """q3: first purchases among peers, shrunk to everybody's share."""
    k, n = model.peer_first[group, model.codes.index(code)], model.peer_size[group]
    return float((k + PEER_PRIOR * model.peer_share[code]) / (n + PEER_PRIOR))


def coverage(code: str, free: float | None, least: float | None) -> float:
    """ν: how well free funds cover the smallest entry; 1 where none is needed or nothing is known."""
    if zone_of(code) in NOT_FUNDED_ZONES or free is None or not least:
        return 1.0
    return free / (free + least)


def pool(chances: tuple[float | None, ...], weights: tuple[float, ...] = POOL_WEIGHTS) -> float:
    """The log-opinion pool over the known probabilities, weights renormalised; 0 where nothing is known."""
    known = [(w, q) for w, q in zip(weights, chances, strict=True) if q is not None and not math.isnan(q)]
    if not known:
        return 0.0
    total = sum(w for w, _ in known)
    z = math.fsum(w / total * _logit(q) for w, q in known)
    return 1 / (1 + math.exp(-z))


def _logit(q: float) -> float:
    q = min(max(q, 1e-6), 1 - 1e-6)
    return math.log(q / (1 - q))

"""Random banks and customers: everything that a decision depends on, from one seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from shelf_rules.catalogue import Catalogue
from shelf_rules.facts import Facts, Gate, Mode, Past, Peers, Population, Scores, TagTable
from shelf_rules.policy import DAY_US, ELIGIBILITY, ArrangementPolicy, Policy, TaskPolicy
from shelf_rules.policy_rules import Exploration, Quota
from shelf_rules.product import Product
from shelf_rules.regime import Regime
from tests.factories import (
    NOW_US,
    REGION,
    TODAY,
    YEAR,
    make_catalogue,
    make_facts,
    make_past,
    make_product,
    make_regime,
)

KINDS = ("learn", "compare", "assess", "configure", "visit")
Chance = np.random.Generator


class World(NamedTuple):
    """The arguments of one decision."""

    facts: Facts
    catalogue: Catalogue
    policy: Policy
    regime: Regime


def make_world(seed: int, mode: Mode = "personal", products: int = 60) -> World:
    """A bank of some products of every kind and a customer with some past; near-duplicates and tight rules abound."""
    chance = np.random.default_rng(seed)
    regime = make_random_regime(chance)
    catalogue = make_catalogue(*make_products(seed, products), regime=regime)
    facts = make_facts(
        catalogue,
        mode=mode,
        seed=int(chance.integers(2**63)),
        gate=Gate() if mode == "fallback" else make_random_gate(chance, len(catalogue)),
        scores=_scores(chance, len(catalogue)),
        past=_past(chance, catalogue) if mode == "personal" else None,
        population=_population(chance, len(catalogue.categories)),
        peers=_maybe(chance, Peers(chance.random(len(catalogue.categories)) * 50, 500.0)),
        tags=_tags(chance, catalogue),
    )
    return World(facts, catalogue, make_random_policy(chance), regime)


def make_products(seed: int, most: int = 60) -> list[Product]:
    """The products of the world of a seed, in the order of their numbers."""
    chance = np.random.default_rng([seed, 1])
    return [_product(chance, number, make_regime()) for number in range(chance.integers(0, most + 1))]


def make_random_regime(chance: Chance) -> Regime:
    """The regime `cn`, at times with another incentive matrix or without the separation of loans."""
    regime = make_regime()
    if chance.random() < 0.5:
        return regime
    matrix = {zone: frozenset(_some(chance, KINDS)) for zone in regime.zones}
    return make_regime(incentives=matrix, loan_invest_separation=bool(chance.random() < 0.5))


def make_random_gate(chance: Chance, products: int) -> Gate:
    """What law knows of a random customer; often little."""
    dismissed = [
        (int(number), NOW_US - int(chance.integers(60)) * DAY_US) for number in chance.integers(products + 1, size=2)
    ]
    return Gate(
        capacity=int(chance.choice([0, 1, 3, 5, 5, 5])),
        assessed_us=_maybe(chance, NOW_US - int(chance.integers(-5, 400)) * DAY_US, 0.8),
        birth_year=_maybe(chance, YEAR - int(chance.integers(10, 90)), 0.9),
        region=_maybe(chance, REGION),
        goal_horizon_days=_maybe(chance, int(chance.integers(30, 700)), 0.3),
        goal_liquidity_days=_maybe(chance, int(chance.integers(700)), 0.3),
        credit_pass=bool(chance.random() < 0.7),
        overdue=bool(chance.random() < 0.2),
        fraud_flag=bool(chance.random() < 0.1),
        scopes=frozenset(make_regime().consent_defaults),
        dismissed=tuple(dismissed),
    )


def make_random_policy(chance: Chance) -> Policy:
    """A policy that differs from the default in what the arrangement and the tasks read."""
    slots = int(chance.integers(1, 13))
    cuts = np.sort(chance.integers(0, slots + 1, size=3)).tolist()
    quota = Quota(cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1])
    tasks = TaskPolicy(_some(chance, KINDS), _some(chance, KINDS), per_shelf=int(chance.integers(5)))
    arrangement = ArrangementPolicy(
        slots=slots,
        category_cap=int(chance.integers(1, 4)),
        outside_top_share=float(chance.choice([0.0, 0.2, 0.5])),
        candidates=int(chance.choice([slots, 20, 120])),
        explore={
            "fixed": Exploration(0),
            "migratable": Exploration(0),
            "transferable": Exploration(int(chance.integers(3)), float(chance.choice([0.0, 0.1, 0.5, 0.5]))),
        },
        explore_floor=float(chance.choice([0.0, 0.002, 0.02])),
    )
    quotas = dict.fromkeys(Policy().quotas, quota)
    eligibility = ELIGIBILITY if chance.random() < 0.7 else _some(chance, ELIGIBILITY)
    return replace(Policy(), arrangement=arrangement, quotas=quotas, tasks=tasks, eligibility=eligibility)


def _product(chance: Chance, number: int, regime: Regime) -> Product:
    category = regime.categories[chance.integers(len(regime.categories))]
    return make_product(
        f"P{chance.integers(10**6)}-{number}",
        category.code,
        zone=_maybe(chance, "life", 0.1),
        issuer=f"i{chance.integers(2)}",
        series_id=_maybe(chance, f"s{chance.integers(8)}", 0.4),
        risk_issuer=_maybe(chance, int(chance.integers(1, 6)), 0.8),
        risk_distributor=_maybe(chance, int(chance.integers(1, 6)), 0.3),
        min_amount=_maybe(chance, int(10 ** chance.integers(2, 9))),
        term_days=_maybe(chance, int(chance.integers(1, 800))),
        min_hold_days=_maybe(chance, int(chance.integers(1, 400)), 0.3),
        liquidity=_maybe(chance, str(chance.choice(["T+0", "T+1", "maturity"]))),
        offering=_maybe(chance, str(chance.choice(["public", "private"])), 0.1),
        sale_from_us=_maybe(chance, NOW_US + int(chance.integers(-20, 3)) * DAY_US, 0.3),
        sale_until_us=_maybe(chance, NOW_US + int(chance.integers(-3, 20)) * DAY_US, 0.3),
        quota_left=_maybe(chance, int(chance.integers(3)), 0.2),
        regions=(str(chance.choice([REGION, "440000"])),) if chance.random() < 0.2 else (),
        status="on_shelf" if chance.random() < 0.95 else "suspended",
        listed_us=NOW_US - int(chance.integers(60)) * DAY_US,
    )


def _past(chance: Chance, catalogue: Catalogue) -> Past:
    """A past of some purchases, holdings and interest, all of products of the catalogue."""
    numbers = chance.integers(len(catalogue), size=chance.integers(12)).tolist() if len(catalogue) else []
    dated = [(number, catalogue.category.item(number), TODAY - int(chance.integers(1, 500))) for number in numbers]
    purchases = [
        {"category": category, "product": number, "day": day, "amount": 10**6, "weight": 1}
        for number, category, day in dated
        for day in range(day, TODAY, 60)
    ]
    firsts: dict[int, list[int]] = {}
    for row in purchases:
        firsts.setdefault(row["category"], []).append(row["day"])
    return make_past(
        purchases=purchases,
        heads=[{"category": key, "first_day": min(days), "count": len(days)} for key, days in sorted(firsts.items())],
        spells=[
            {
                "category": category,
                "product": number,
                "opened": day,
                "amount": 10**7,
                "matures": TODAY + number % 40 - 5,
            }
            for number, category, day in dated[::2]
        ],
        intent=[
            {"category": category, "session": number, "day": TODAY - number % 20, "kind": 3 + number % 8, "count": 2}
            for number, category, _ in dated[1::2]
        ],
        impressions=[{"product": number, "day": TODAY - 1, "count": 4 * (1 + number % 4)} for number in numbers],
        clicks=[{"product": number, "day": TODAY - 2} for number in numbers[:1]],
        tags=[{"tag": 0, "assigned": TODAY - 30, "affinity": 0.7}],
        flows=[{"kind": 0, "own": 1, "week": (TODAY + 3) // 7 - 3, "money_in": 0, "money_out": 10**7}],
        joined_day=TODAY - int(chance.integers(1500)),
        first_day=TODAY - 500,
        active_day=TODAY - int(chance.integers(90)),
        outflow_read=bool(chance.random() < 0.5),
        statement=True,
        previous=tuple((category, "fixed") for _, category, _ in dated[:2]),
    )


def _scores(chance: Chance, products: int) -> Scores:
    popularity = chance.integers(0, 6, size=products).astype(np.float64)
    ranks = np.array([np.mean(popularity <= count) for count in popularity]) if products else popularity
    known = np.where(chance.random(products) < 0.8, chance.normal(size=products), np.nan)
    return Scores(popularity, ranks, _maybe(chance, known, 0.8))


def _population(chance: Chance, categories: int) -> Population | None:
    population = Population(
        bgnbd=np.tile([0.8, 120.0, 0.6, 2.5], (categories, 1)),
        gap=np.full(categories, 45.0),
        base_rate=chance.random(categories) * 4e-4,
        hazard=chance.random((categories, categories)) * 2e-3,
        substitution=chance.random((categories, categories)) / categories,
        peer_share=chance.random(categories) * 0.3,
    )
    return _maybe(chance, population, 0.9)


def _tags(chance: Chance, catalogue: Catalogue) -> TagTable:
    category = np.array([chance.integers(len(catalogue.categories))])
    polarity = np.array([chance.choice([-1.0, 1.0])])
    quality = chance.random((1, 3))
    unknown = np.array([np.nan])
    return TagTable("t1", ("k",), category, np.array([-1]), polarity, unknown, np.ones(1), quality, (frozenset(),))


def _maybe(chance: Chance, value: Any, likely: float = 0.6) -> Any:
    return value if chance.random() < likely else None


def _some(chance: Chance, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in chance.permutation(names).tolist() if chance.random() < 0.7)

"""Random customers with a busy past in few categories, so that occasions, spells and sessions overlap."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from shelf_rules.catalogue import Catalogue
from shelf_rules.facts import EVENT_KINDS, Facts, Peers, TagTable
from tests.factories import TODAY, category_number, make_catalogue, make_facts, make_past, make_product, make_scores
from tests.population import make_population

Chance = np.random.Generator
CODES = (
    "deposit.demand",
    "deposit.term",
    "cash.mmf",
    "wealth.fixed_income",
    "fund.bond",
    "ins.health",
    "loan.consumer",
)
CATEGORIES = tuple(category_number(code) for code in CODES)
INTENT = [EVENT_KINDS.index(kind) for kind in ("search", "list", "detail", "compare", "consult", "push_click")]
PRODUCTS = 3 * len(CODES)


@cache
def busy_catalogue() -> Catalogue:
    """Three products of each of a few categories, some with a term or an entry amount."""
    return make_catalogue(
        *(
            make_product(
                f"p{number:02}", CODES[number // 3], term_days=(None, 60, 365)[number % 3], min_amount=number * 500
            )
            for number in range(PRODUCTS)
        )
    )


def make_busy_facts(seed: int) -> Facts:
    """Facts of a customer who did much in the last months, and of what is known of all customers."""
    chance, catalogue = np.random.default_rng(seed), busy_catalogue()
    categories = len(catalogue.categories)
    purchases = [_purchase(chance) for _ in range(chance.integers(0, 40))]
    past = make_past(
        purchases=purchases,
        heads=_heads(chance, purchases),
        spells=[_spell(chance) for _ in range(chance.integers(0, 14))],
        intent=[_intent(chance) for _ in range(chance.integers(0, 40))],
        flows=_flows(chance),
        tags=[_tag(chance, number) for number in chance.permutation(12)[: chance.integers(0, 13)]],
        joined_day=TODAY - int(chance.integers(0, 900)),
        active_day=TODAY - int(chance.integers(0, 90)),
        statement=bool(chance.random() < 0.8),
        outflow_read=bool(chance.random() < 0.8),
        previous=tuple(
            (category, str(chance.choice(["fixed", "migratable", "transferable"]))) for category in CATEGORIES
        ),
    )
    fits = np.where(
        chance.random((categories, 1)) < 0.6, chance.uniform((0.3, 20, 0.2, 1), (3, 200, 2, 6), (categories, 4)), np.nan
    )
    return make_facts(
        catalogue,
        past=past,
        population=make_population(
            catalogue,
            bgnbd=fits,
            gap=np.where(chance.random(categories) < 0.8, chance.uniform(5, 200, categories), np.nan),
            base_rate=chance.uniform(0, 0.002, categories),
            hazard=chance.uniform(0, 0.004, (categories, categories)),
            substitution=chance.dirichlet(np.ones(categories), categories),
            peer_share=np.where(chance.random(categories) < 0.8, chance.random(categories) * 0.2, np.nan),
        ),
        peers=Peers(chance.integers(0, 50, categories).astype(float), 200.0) if chance.random() < 0.7 else None,
        scores=make_scores(PRODUCTS, chance.integers(0, 5, PRODUCTS).tolist(), _cf(chance)),
        tags=_tag_table(chance),
    )


def _purchase(chance: Chance) -> dict[str, Any]:
    day = TODAY - int(chance.integers(-2, 90))
    return {
        "category": int(chance.choice(CATEGORIES)),
        "product": int(chance.integers(PRODUCTS)),
        "day": day,
        "amount": int(chance.integers(-1, 10**6)),
        "weight": int(chance.random() < 0.7),
        "cancelled": day + int(chance.integers(0, 20)) if chance.random() < 0.2 else -1,
    }


def _heads(chance: Chance, purchases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    days: dict[int, list[int]] = {}
    for row in purchases:
        days.setdefault(row["category"], []).append(row["day"])
    dropped = {category: int(chance.choice([0, 0, 5])) for category in days}
    return [
        {
            "category": category,
            "first_day": min(known) - 100 * dropped[category],
            "count": len(known) + dropped[category],
        }
        for category, known in days.items()
    ]


def _spell(chance: Chance) -> dict[str, Any]:
    number = int(chance.integers(PRODUCTS))
    opened = TODAY - int(chance.integers(-2, 400))
    return {
        "category": CATEGORIES[number // 3],
        "product": number,
        "opened": opened,
        "closed": max(opened, TODAY - int(chance.integers(-5, 200))) if chance.random() < 0.4 else -1,
        "matures": TODAY + int(chance.integers(-40, 60)) if chance.random() < 0.4 else -1,
        "since": opened if chance.random() < 0.5 else -1,
        "amount": int(chance.integers(-1, 10**7)),
    }


def _intent(chance: Chance) -> dict[str, Any]:
    return {
        "category": int(chance.choice(CATEGORIES)),
        "session": int(chance.integers(1, 8)),
        "day": TODAY - int(chance.integers(-2, 130)),
        "kind": int(chance.choice(INTENT)),
        "count": int(chance.integers(1, 4)),
    }


def _flows(chance: Chance) -> list[dict[str, Any]]:
    week = (TODAY + 3) // 7
    keys = {(int(chance.integers(7)), int(chance.integers(2)), int(chance.integers(-1, 30))) for _ in range(20)}
    return [
        {
            "kind": kind,
            "own": own,
            "week": week - age,
            "money_in": int(chance.integers(10**6)),
            "money_out": int(chance.integers(10**7)),
        }
        for kind, own, age in sorted(keys)[: chance.integers(0, 21)]
    ]


def _cf(chance: Chance) -> list[float] | None:
    if chance.random() < 0.2:
        return None
    return np.where(chance.random(PRODUCTS) < 0.9, chance.integers(0, 12, PRODUCTS) / 12, np.nan).tolist()


def _tag(chance: Chance, number: int) -> dict[str, Any]:
    affinity = float(chance.random()) if chance.random() < 0.7 else np.nan
    return {"tag": int(number), "assigned": TODAY - int(chance.integers(0, 500)), "affinity": affinity}


def _tag_table(chance: Chance) -> TagTable:
    tags, zones = 12, len(busy_catalogue().categories.zones)
    category = np.where(chance.random(tags) < 0.7, chance.choice(CATEGORIES, tags), -1)
    return TagTable(
        version="t1",
        codes=tuple(f"tag{number}" for number in range(tags)),
        category=category,
        zone=np.where(category < 0, chance.integers(-1, zones, tags), -1),
        polarity=chance.choice([1.0, -1.0], tags),
        half_life=np.where(chance.random(tags) < 0.5, 200.0, np.nan),
        weight=chance.uniform(0.25, 4, tags),
        quality=chance.random((tags, 3)),
        scopes=tuple(
            frozenset({"cash", "deposit.term"}) if chance.random() < 0.2 else frozenset() for _ in range(tags)
        ),
    )

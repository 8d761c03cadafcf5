"""Random policies with rules of every kind, over the products, tags and pages of a random bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from shelf_rules.catalogue import Catalogue
from shelf_rules.condition import Bought, Condition, Did, Range, TagIs
from shelf_rules.policy import DAY_US, Policy
from shelf_rules.policy_rules import (
    Cap,
    Exploration,
    Instant,
    Lift,
    Pin,
    Placement,
    Quota,
    RankWeights,
    Selection,
    ShelfRule,
    Then,
    Threshold,
)
from tests.factories import NOW_US, REGION

Chance = np.random.Generator
V = TypeVar("V")
TIERS = ("fixed", "migratable", "transferable")
PAGES = ("home", "wallet", "travel", "elsewhere")


def make_rules(chance: Chance, catalogue: Catalogue, policy: Policy) -> Policy:
    """The policy with up to eight random rules and an embedded shelf of its own."""
    rules = tuple(
        ShelfRule(f"r{number}", make_then(chance, catalogue), make_condition(chance, catalogue), *_window(chance))
        for number in range(int(chance.integers(9)))
    )
    slots = int(chance.integers(1, 5))
    small = Placement(slots, Quota(slots - 1, 1, 0), _selection(chance, catalogue), "travel")
    relax = tuple(chance.permutation(["spread", "category_cap", "policy_cap"])[: chance.integers(4)].tolist())
    return replace(
        policy,
        rules=rules,
        placements={**policy.placements, "wallet": small},
        arrangement=replace(policy.arrangement, relax=relax),
    )


def make_condition(chance: Chance, catalogue: Catalogue, depth: int = 0) -> Condition:
    """A condition of one to three claims, some of them nested."""
    claims: dict[str, Callable[[], object]] = {
        "channel": lambda: ("in_app", "branch")[: int(chance.integers(1, 3))],
        "placement": lambda: (str(chance.choice(PAGES)),),
        "scene": lambda: (str(chance.choice(["travel", "medical"])),),
        "weekday": lambda: tuple(chance.permutation(7)[:4] + 1),
        "region": lambda: (REGION,),
        "stage": lambda: (str(chance.choice(["acquisition", "cultivation", "value"])),),
        "overlay": lambda: ("dormant",),
        "segment": lambda: (str(chance.choice(["basic", "wealth", "savings", "comprehensive"])),),
        "risk_capacity": lambda: (f"C{chance.integers(1, 6)}",),
        "age": lambda: Range(at_least=int(chance.integers(60))),
        "tenure_days": lambda: Range(below=int(chance.integers(1, 1500))),
        "quiet_days": lambda: Range(at_least=int(chance.integers(60))),
        "aum": lambda: Range(at_least=10 ** int(chance.integers(9))),
        "held": lambda: (str(chance.choice([*catalogue.categories.codes, *catalogue.categories.zones])),),
        "held_zones": lambda: Range(at_least=int(chance.integers(3))),
        "tag": lambda: TagIs("k", Range(at_least=0.5), Range(below=0.9)),
        "did": lambda: Did(("search", "detail"), days=30),
        "bought": lambda: Bought((), days=int(chance.integers(1, 400))),
    }
    names = chance.permutation(sorted(claims))[: int(chance.integers(0, 3))].tolist()
    own = {name: claims[name]() for name in names}
    if depth < 3 and chance.random() < 0.4:
        inner = [make_condition(chance, catalogue, depth + 1) for _ in range(2)]
        kind = chance.choice(["all", "any", "not_"])
        own[kind] = inner[0] if kind == "not_" else tuple(inner)
    return Condition(**own)  # type: ignore[arg-type]


def make_then(chance: Chance, catalogue: Catalogue) -> Then:
    """One or two things that a rule does."""
    cuts = np.sort(chance.integers(0, 5, size=2)).tolist()
    deeds: dict[str, Callable[[], object]] = {
        "withhold": lambda: _selection(chance, catalogue),
        "pin": lambda: Pin(
            _product(chance, catalogue), str(chance.choice([*TIERS, "public"])), int(chance.integers(1, 6))
        ),
        "boost": lambda: Lift(_selection(chance, catalogue), float(chance.random())),
        "bury": lambda: Lift(_selection(chance, catalogue), float(chance.random())),
        "cap": lambda: Cap(
            _selection(chance, catalogue), int(chance.integers(1, 3)), _maybe(chance, str(chance.choice(TIERS)))
        ),
        "quotas": lambda: Quota(cuts[0], cuts[1] - cuts[0], 1),
        "thresholds": lambda: {"fixed": Threshold(0.2, 0.1)},
        "ranking": lambda: {"transferable": RankWeights(*chance.random(4))},
        "explore": lambda: {str(chance.choice(TIERS)): Exploration(int(chance.integers(3)), 0.4)},
        "tasks": lambda: bool(chance.random() < 0.5),
    }
    names = chance.permutation(sorted(deeds))[: int(chance.integers(1, 3))].tolist()
    return Then(**{name: deeds[name]() for name in names})  # type: ignore[arg-type]


def _selection(chance: Chance, catalogue: Catalogue) -> Selection:
    named: dict[str, Callable[[], object]] = {
        "products": lambda: tuple(_product(chance, catalogue) for _ in range(3)),
        "categories": lambda: tuple(chance.permutation(catalogue.categories.codes)[:6].tolist()),
        "zones": lambda: tuple(chance.permutation(catalogue.categories.zones)[:3].tolist()),
        "scenes": lambda: ("travel",),
        "grades": lambda: (1, 2),
    }
    names = chance.permutation(sorted(named))[: int(chance.integers(1, 3))].tolist()
    return Selection(**{name: named[name]() for name in names})  # type: ignore[arg-type]


def _product(chance: Chance, catalogue: Catalogue) -> str:
    return str(chance.choice(catalogue.product_ids)) if len(catalogue) else "none"


def _window(chance: Chance) -> tuple[Instant | None, Instant | None]:
    since = Instant(NOW_US + int(chance.integers(-20, 3)) * DAY_US)
    return _maybe(chance, since), _maybe(chance, Instant(since + 10 * DAY_US))


def _maybe(chance: Chance, value: V) -> V | None:
    return value if chance.random() < 0.5 else None

"""Which models of the first stage an artifact has, and why the others are not in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recommender.candidates import ALL_CANDIDATES
from recommender.factorisation import factors_allowed
from recommender.first_stage import DENSE_ITEMS, EASE_ITEMS, LEAST_CHOICES, NEIGHBOURS, FirstStage
from recommender.models.transition import FEW_TARGETS
from recommender.points import FEW_ITEMS

REGIMES = (
    (FEW_TARGETS, "pairs of holdings count in the transitions"),
    (FEW_ITEMS, "transitions are between products"),
    (ALL_CANDIDATES, "transitions are between categories"),
    (EASE_ITEMS, "candidates are the customer's own, the popular and the nearest products"),
)
"""Up to how many products a catalogue is of a regime, and what is new in it."""


class Generator(NamedTuple):
    """A model of the first stage: whether the artifact has it, and how or why not."""

    kept: bool
    why: str


def regime_of(products: int) -> str:
    """The regime of a catalogue in words."""
    for most, what in REGIMES:
        if products <= most:
            return f"up to {most:,} products: {what}"
    return f"more than {EASE_ITEMS:,} products: no EASE"


def generators(stage: FirstStage, metrics: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every model by name; `metrics` is what the choice of the factors measured."""
    products, pairs = len(stage.items.product), len(stage.transition.pairs)
    between = "products" if stage.by_product else f"categories, as there are more than {FEW_ITEMS:,} products"
    tags = int((stage.tags.weights != 0).any(axis=1).sum())
    known = {
        "popularity": Generator(True, "of all time, of 60 and of 30 days, shrunk to all time"),
        "repeat": Generator(True, "hazard by product"),
        "transition": Generator(True, f"between {between}" + (f", and {pairs} pairs of holdings" if pairs else "")),
        "tags": Generator(tags > 0, f"{tags} tags lift something" if tags else "no tag with a quality lifts anything"),
        "item-item": Generator(True, "all neighbours" if products <= DENSE_ITEMS else f"{NEIGHBOURS} neighbours each"),
        "ease": _ease(stage, products),
        "als": _factors(stage, metrics, products),
        "eligibility": _eligibility(stage),
    }
    return {name: one._asdict() for name, one in known.items()}


def _ease(stage: FirstStage, products: int) -> Generator:
    if stage.ease is not None:
        return Generator(True, "closed form")
    if products > EASE_ITEMS:
        return Generator(False, f"more than {EASE_ITEMS:,} products")
    return Generator(False, "there are not as many customers with two products as products")


def _eligibility(stage: FirstStage) -> Generator:
    if stage.choice is not None:
        return Generator(True, "choice among what may be bought")
    return Generator(False, f"what may be bought is known of fewer than {LEAST_CHOICES} days of customers")


def _factors(stage: FirstStage, metrics: Mapping[str, Any], products: int) -> Generator:
    tried, plain = metrics["als"], metrics["popularity"]["map"]
    if not tried:
        most = factors_allowed(products)
        return Generator(False, "nobody to choose them on" if most > 1 else f"{products} products carry no factors")
    best = max(one["map"] for one in tried)
    compared = f"best of {len(tried)} settings on the last window: MAP {best:.4f}, popularity {plain:.4f}"
    return Generator(stage.als is not None, compared)

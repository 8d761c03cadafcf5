"""Builders of what is fitted on all customers: nothing is known but what a test names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shelf_rules.catalogue import Catalogue, Floats
from shelf_rules.facts import Peers, Population
from tests.factories import category_number


def make_column(catalogue: Catalogue, values: Mapping[str, float], default: float = 0.0) -> Floats:
    """A column over category numbers from values by category code."""
    column = np.full(len(catalogue.categories), default)
    for code, value in values.items():
        column[category_number(code)] = value
    return column


def make_population(catalogue: Catalogue, base_rate: float = 0.0, **fields: Any) -> Population:
    """A population in which every category has the same base rate and hazard, and nothing has been fitted."""
    categories = len(catalogue.categories)
    ordinary: dict[str, Any] = {
        "bgnbd": np.full((categories, 4), np.nan),
        "gap": np.full(categories, np.nan),
        "base_rate": np.full(categories, base_rate),
        "hazard": np.full((categories, categories), base_rate),
        "substitution": np.zeros((categories, categories)),
        "peer_share": np.full(categories, np.nan),
    }
    return Population(**ordinary | fields)


def make_peers(catalogue: Catalogue, n: float = 0.0, **buyers: float) -> Peers:
    """Peers of whom so many bought a category, by its code with an underscore for the dot."""
    return Peers(k=make_column(catalogue, {code.replace("_", ".", 1): k for code, k in buyers.items()}), n=n)

"""One card of a category, and the situation of the customer who sees it."""

from __future__ import annotations

from typing import Any

import numpy as np

from shelf_rules.decision import Slot
from shelf_rules.situation import Situation
from tests.factories import category_number, make_catalogue, make_evidence, make_product, make_situation


def make_card(tier: str = "transferable") -> Slot:
    """The card of the only product."""
    return Slot(row=0, tier=tier, slot=1, score=0.5)


def make_seen(category: str = "fund.bond", evidence: dict[str, float] | None = None, **fields: Any) -> Situation:
    """A situation with one product of the category; `evidence` gives values of the category's columns."""
    catalogue = make_catalogue(make_product("p", category, risk_issuer=1))
    columns = {
        name: _column(name, len(catalogue.categories), category, value) for name, value in (evidence or {}).items()
    }
    return make_situation(catalogue=catalogue, evidence=make_evidence(catalogue, **columns), **fields)


def _column(name: str, length: int, category: str, value: float) -> np.ndarray[Any, Any]:
    column = np.zeros(length, dtype={"held": np.bool_, "occasions": np.int64}.get(name, np.float64))
    column[category_number(category)] = value
    return column

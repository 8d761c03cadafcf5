"""The evidence that put the product's category in its tier."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.decision import TIERS
from shelf_rules.situation import FIXED, Situation


def tier_score(situation: Situation, rows: Ints) -> Floats:
    """F, M or T of each product's category, by the tier that the category stands in; 0 without a tier."""
    column = np.zeros(len(rows))
    if situation.tier is None:
        return column
    category = situation.catalogue.category[rows]
    tier = situation.tier[category]
    for number, name in enumerate(TIERS, start=FIXED):
        inside = tier == number
        column[inside] = situation.tiers[name].score[category[inside]]
    return column

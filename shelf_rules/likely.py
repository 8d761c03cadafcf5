"""How likely the customer is to want each product: by the ranker of its tier, else by collaborative filtering."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Bools, Floats
from shelf_rules.situation import FIXED, TRANSFERABLE, Situation


def likely(situation: Situation) -> Floats | None:
    """A column over catalogue rows, to be compared within a tier only; nan unknown, None where nothing is known.

    In the transferable tier the order leans to what tags claim and from what is popular: who shows only what is surest
    to be bought never learns what else is liked. A tier without a promoted ranker has the score of collaborative
    filtering (§8), and so has a category without tier.
    """
    scores = situation.facts.scores
    if scores.tiers is None or situation.tier is None:
        return scores.cf
    column = np.full(len(situation.catalogue), np.nan) if scores.cf is None else scores.cf.copy()
    tier = situation.tier[situation.catalogue.category]
    for number in range(FIXED, TRANSFERABLE + 1):
        chance = scores.tiers[number - FIXED]
        if not ranked(chance):
            continue
        inside = tier == number
        column[inside] = chance[inside]
        if number == TRANSFERABLE and scores.leaning is not None:
            column[inside] = _leant(chance[inside], scores.leaning[inside])
    return column


def _leant(chance: Floats, leaning: Floats) -> Floats:
    """Probabilities whose log odds are higher by the leaning."""
    return chance / np.maximum(chance + (1.0 - chance) * np.exp(-leaning), np.finfo(np.float64).tiny)


def ranked(chance: Floats) -> bool:
    """Whether the tier of these probabilities has a promoted ranker: it knows at least one product."""
    known: Bools = np.isfinite(chance)
    return bool(known.any())

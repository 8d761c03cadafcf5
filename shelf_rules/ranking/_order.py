"""The order inside a tier: the weighted sum of the ranking terms, ties by popularity and product id."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.formulas import rounded
from shelf_rules.ranking.cf import cf
from shelf_rules.ranking.popularity import popularity
from shelf_rules.ranking.tag import tag
from shelf_rules.ranking.tier_score import tier_score
from shelf_rules.situation import Situation

TERMS = (cf, tag, tier_score, popularity)
"""The ranking terms; their names are those of the weights and of the score's parts."""


def rank(situation: Situation, tier: str, rows: Ints) -> tuple[Floats, dict[str, Floats]]:
    """S of §8 of each row in `tier`, to nine decimals, and its summands by ranking term.

    What a rule of the policy and the scene of the page add are the summands `rule` and `scene`.
    """
    weights = situation.policy.ranking[tier]
    parts = {name: getattr(weights, name) * column for name, column in _columns(situation, rows).items()}
    parts |= {name: column[rows] for name, column in situation.raised.items()}
    score: Floats = sum(parts.values(), start=np.zeros(len(rows)))
    return rounded(score), parts


def _columns(situation: Situation, rows: Ints) -> dict[str, Floats]:
    """The terms of the rows; with `candidates` known they are worked out once for all tiers."""
    if situation.candidates is None:
        return {term.__name__: term(situation, rows) for term in TERMS}
    if situation.terms is None:
        situation.terms = {term.__name__: term(situation, situation.candidates) for term in TERMS}
    at = np.searchsorted(situation.candidates, rows)
    return {name: column[at] for name, column in situation.terms.items()}


def order(situation: Situation, rows: Ints, scores: Floats) -> Ints:
    """Positions of `rows`, best first: score, popularity, product id; what is not a finite number sinks."""
    finite = np.where(np.isfinite(scores), scores, -np.inf)
    liked = situation.facts.scores.popularity[rows]
    return np.lexsort((situation.catalogue.id_rank[rows], -liked, -finite))

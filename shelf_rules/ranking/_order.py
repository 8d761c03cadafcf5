"""The order inside a tier: the weighted sum of the ranking terms, ties by popularity and product id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

import numpy as np

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.decision import TIERS
from shelf_rules.formulas import rounded
from shelf_rules.ranking.cf import cf
from shelf_rules.ranking.popularity import popularity
from shelf_rules.ranking.tag import tag
from shelf_rules.ranking.tier_score import tier_score
from shelf_rules.situation import Situation

TERMS = (cf, tag, tier_score, popularity)
"""The ranking terms in the order of the fields of `RankWeights`; their names are those of the score's parts."""


def rank(situation: Situation, tier: str, rows: Ints) -> tuple[Floats, dict[str, Floats]]:
    """S of §8 of each row in `tier`, to nine decimals, and its summands by ranking term."""
    return _weighted(situation, rows, astuple(situation.policy.ranking[tier]))


def rank_all(situation: Situation, rows: Ints) -> tuple[Floats, dict[str, Floats]]:
    """The same for rows of several tiers at once, each with the weights of the tier in which its category stands."""
    weights = np.array([[0.0] * len(TERMS), *(astuple(situation.policy.ranking[tier]) for tier in TIERS)])
    if situation.tier is None:
        raise LookupError("tiers are not assigned yet")
    return _weighted(situation, rows, weights[situation.tier[situation.catalogue.category[rows]]].T)


def _weighted(situation: Situation, rows: Ints, weights: Iterable[float | Floats]) -> tuple[Floats, dict[str, Floats]]:
    columns = [weight * term(situation, rows) for weight, term in zip(weights, TERMS, strict=True)]
    score: Floats = columns[0] + columns[1] + columns[2] + columns[3]
    return rounded(score), {term.__name__: column for term, column in zip(TERMS, columns, strict=True)}


def order(situation: Situation, rows: Ints, scores: Floats) -> Ints:
    """Positions of `rows`, best first: score, popularity, product id; what is not a finite number sinks."""
    finite = np.where(np.isfinite(scores), scores, -np.inf)
    liked = situation.facts.scores.popularity[rows]
    return np.lexsort((situation.catalogue.id_rank[rows], -liked, -finite))

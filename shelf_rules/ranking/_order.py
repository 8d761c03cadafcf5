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


def rank(situation: Situation, tier: str, rows: Ints) -> tuple[Floats, dict[str, Floats]]:
    """S of §8 of each row in `tier`, to nine decimals, and its summands by ranking term."""
    weights = situation.policy.ranking[tier]
    parts = {
        "cf": weights.cf * cf(situation, rows),
        "tag": weights.tag * tag(situation, rows),
        "tier_score": weights.tier_score * tier_score(situation, rows),
        "popularity": weights.popularity * popularity(situation, rows),
    }
    score: Floats = np.sum(list(parts.values()), axis=0)
    return rounded(score), parts


def order(situation: Situation, rows: Ints, scores: Floats) -> Ints:
    """Positions of `rows`, best first: score, popularity, product id; what is not a finite number sinks."""
    finite = np.where(np.isfinite(scores), scores, -np.inf)
    liked = np.nan_to_num(situation.facts.scores.popularity[rows])
    return np.lexsort((situation.catalogue.id_rank[rows], -liked, -finite))

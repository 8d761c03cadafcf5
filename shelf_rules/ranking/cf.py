"""How likely the customer is to want the product, as a percentile among the candidates it competes with."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.formulas import mid_rank, rounded
from shelf_rules.likely import likely
from shelf_rules.situation import Situation


def cf(situation: Situation, rows: Ints) -> Floats:
    """Percentile of the score among the candidates that have one; equals share their middle rank (§8).

    With a promoted ranker the score is the probability of the tier's outcome and the candidates are those of the same
    tier; else it is the score of collaborative filtering among all candidates. A product without a score stands at 0,
    and so do all where the customer has none: the term then explains nothing.
    """
    scores = likely(situation)
    column = np.zeros(len(rows))
    if scores is None:
        return column
    candidates = rows if situation.candidates is None else situation.candidates
    among = rounded(scores[candidates])
    own = among if rows is candidates else rounded(scores[rows])
    if situation.facts.scores.tiers is None or situation.tier is None:
        return _placed(own, among)
    category, tier = situation.catalogue.category, situation.tier
    own_tier, tier_among = tier[category[rows]], tier[category[candidates]]
    for number in set(own_tier.tolist()):
        inside = own_tier == number
        column[inside] = _placed(own[inside], among[tier_among == number])
    return column


def _placed(own: Floats, among: Floats) -> Floats:
    column, known = np.zeros(len(own)), np.isfinite(own)
    column[known] = mid_rank(own[known], among[np.isfinite(among)])
    return column

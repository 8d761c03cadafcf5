"""How likely similar customers make the product, as a percentile among the customer's candidates."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.formulas import mid_rank, rounded
from shelf_rules.situation import Situation


def cf(situation: Situation, rows: Ints) -> Floats:
    """Percentile of the score among the candidates that have one; equals share their middle rank (§8).

    A product without a score stands at 0, and so do all where the customer has none: the term then explains nothing.
    """
    scores = situation.facts.scores.cf
    column = np.zeros(len(rows))
    if scores is None:
        return column
    own = rounded(scores[rows])
    among = own if situation.candidates is None else rounded(scores[situation.candidates])
    known = np.isfinite(own)
    column[known] = mid_rank(own[known], among[np.isfinite(among)])
    return column

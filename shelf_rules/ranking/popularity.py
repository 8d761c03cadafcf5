"""How often the product was bought in the days that the model counts, as a percentile of the catalogue."""

from __future__ import annotations

from shelf_rules.catalogue import Floats, Ints
from shelf_rules.situation import Situation


def popularity(situation: Situation, rows: Ints) -> Floats:
    """The products' popularity ranks in [0, 1]; which days count is fixed where the model is trained."""
    return situation.facts.scores.popularity_rank[rows]

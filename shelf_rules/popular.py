"""Products in the order of their popularity, the same for every customer."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue, Floats, Ints
from shelf_rules.situation import Situation


def popular_first(popularity: Floats, catalogue: Catalogue) -> Ints:
    """All rows, the most popular first, ties by product id: what `Scores.order` holds."""
    return np.lexsort((catalogue.id_rank, -popularity))


def rows_by_popularity(situation: Situation, rows: Bools) -> Ints:
    """The rows of a mask, the most popular first."""
    scores = situation.facts.scores
    if scores.order is not None:
        ordered: Ints = scores.order[rows[scores.order]]
        return ordered
    found = np.flatnonzero(rows)
    by_popularity: Ints = found[np.lexsort((situation.catalogue.id_rank[found], -scores.popularity[found]))]
    return by_popularity

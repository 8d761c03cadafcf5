"""EASE on binary rows, in a large catalogue among the products bought most."""

from __future__ import annotations

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.models.ease import Ease

MOST_ITEMS = 5_000


def ease(known: Known, *, l2: float) -> Score:
    """At most 5,000 products take part, because the inverse is dense; the others score 0."""
    items = known.data.items
    kept = known.tie_order[:MOST_ITEMS] if items > MOST_ITEMS else None
    model = Ease.fit(known.interactions, l2, kept)
    return lambda customers, _eligible=None: model.score(known.own[customers])

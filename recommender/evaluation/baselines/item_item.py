"""Products that the same customers have, by cosine."""

from __future__ import annotations

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.models.item_item import ItemItem

NEIGHBOURS = 200


def item_item(known: Known) -> Score:
    """Learned from binary rows, of baskets from counts; scored on the customer's binary row."""
    model = ItemItem.fit(known.interactions if known.data.clocked else known.counts, NEIGHBOURS)
    return lambda customers, _eligible=None: model.score(known.own[customers])

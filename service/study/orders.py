"""How a trained model orders products: its list over all of them, and its tier of categories never had."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from recommender.artifact import Artifact
from recommender.candidates import blocks, candidates
from recommender.features import features
from recommender.models.popularity import Popularity
from recommender.ranker import BLENDS, LISTING, TRANSFERABLE
from recommender.stage_of import ranking_of
from recommender.states import Histories
from recommender.training_data import Floats, Ints, TrainingData

SHELF = "shelf"
ORDERS = (LISTING, TRANSFERABLE, SHELF)
"""The list, the tier as the ranker orders it, and as the shelf does by the policy in force: `Served.scores`."""
_RANKED = ORDERS[:2]
POPULARITY = "popularity"


def orders(artifact: Artifact, data: TrainingData, product_no: Ints) -> dict[str, Floats]:
    """[customers, products] of the list, of the ranked tier and of popularity, as of the last day of the data.

    By log odds, in the tier with its leaning. A blend that training left out orders as popularity does: nothing better
    is known of it. Products that the model does not know have nan.
    """
    ranking, count = ranking_of(artifact), data.customers
    items = artifact.arrays["items.product"]
    place = np.searchsorted(items, product_no)
    known = (place < len(items)) & (items[np.minimum(place, len(items) - 1)] == product_no)
    popularity = Popularity.from_arrays(artifact.part("popularity")).score()
    plain = np.broadcast_to(popularity, (count, len(items)))
    found = {POPULARITY: plain, **dict.fromkeys(_RANKED, plain)}
    kept = [] if ranking is None else [name for name in _RANKED if ranking.ranker.known[BLENDS.index(name)]]
    if ranking is not None and kept:
        found |= {name: np.full((count, len(items)), -np.inf) for name in kept}
        histories = Histories.of(data, ranking.stage.items)
        for part in blocks(ranking.stage, count):
            customers = np.arange(count)[part]
            own = candidates(ranking.stage, histories.at(customers, np.full(len(customers), data.as_of)))
            block, _ = features(own.stage, own.states)
            odds = logit(ranking.ranker.probabilities(block))
            leaning = ranking.ranker.leanings(block)
            if leaning is not None:
                odds[BLENDS.index(TRANSFERABLE)] += leaning
            for name in kept:
                cells = np.ix_(customers, own.items)
                found[name][cells] = np.where(own.among, odds[BLENDS.index(name)], -np.inf)
    rows = np.minimum(place, len(items) - 1)
    return {name: np.where(known, of_items[:, rows], np.nan) for name, of_items in found.items()}

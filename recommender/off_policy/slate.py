"""Weights of shelves with several drawn slots.

Two readings of what a card's click depends on (OBP's slate estimators have the same two): on its own card alone
(independent: each slot has the weight of its own draw), or on its own and every card drawn before it (cascade:
McInerney et al. 2020, "Counterfactual evaluation of slate recommendations with sequential reward interactions").
"""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats


def cascade_weights(weights: Floats) -> Floats:
    """The product of each draw's weight with those of the draws before it, from [rows, slots] in the order drawn.

    The weights are those of draws given the draws before them; nan stands for a slot that was not drawn, and stays.
    """
    drawn = ~np.isnan(weights)
    products: Floats = np.where(drawn, np.cumprod(np.where(drawn, weights, 1.0), axis=1), np.nan)
    return products

"""Whoever buys something buys at least one product: lists of probabilities that add up to less are raised to it."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from recommender.training_data import Bools, Floats

_STEPS, _LONGEST, _FARTHEST = 30, 2.0, 30.0
_LEAST = 1e-12


def at_least_one(chance: Floats, among: Bools | None = None) -> Floats:
    """[n, products] with the log odds of each row raised alike until 1 product is expected, where it is fewer.

    `among` says which products could be bought; of a row without any, or None, that is not known. What is 0 or nan
    stays so, and no row changes its order. By Newton steps, as many for every row: none hangs on another.
    """
    counted = np.isfinite(chance) & (chance > 0)
    if among is not None:
        counted &= among | ~among.any(axis=1, keepdims=True)
    sums = np.where(counted, chance, 0.0).sum(axis=1)
    low = np.flatnonzero((sums < 1.0) & counted.any(axis=1))
    found = chance.copy()
    if not len(low):
        return found
    inside, open_to = counted[low], np.isfinite(chance[low]) & (chance[low] > 0)
    odds = logit(np.clip(np.where(open_to, chance[low], 0.5), _LEAST, 1.0 - _LEAST))
    shift = np.zeros((len(low), 1))
    for _ in range(_STEPS):
        raised = np.where(inside, expit(odds + shift), 0.0)
        slope = (raised * (1.0 - raised)).sum(axis=1, keepdims=True)
        step = (1.0 - raised.sum(axis=1, keepdims=True)) / np.maximum(slope, _LEAST)
        shift = np.clip(shift + np.clip(step, -_LONGEST, _LONGEST), 0.0, _FARTHEST)
    found[low] = np.where(open_to, expit(odds + shift), chance[low])
    return found

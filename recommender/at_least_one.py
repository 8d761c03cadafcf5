"""Whoever buys something buys at least one product: lists of probabilities that add up to less are raised."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from recommender.training_data import Bools, Floats

_STEPS, _LONGEST, _HIGHEST = 30, 2.0, 30.0
_LEAST = 1e-12


def at_least_one(chance: Floats, among: Bools | None = None) -> Floats:
    """[n, products] with the log odds of what could be bought raised alike until one product is expected of each row.

    `among` says what could be bought; of a row without any, or None, that is not known, and everything counts. Rows
    that expect one or more stay as they are, and so does what could not be bought or is 0 or nan. By Newton steps, as
    many for every row: none hangs on another.
    """
    chance = np.ascontiguousarray(chance)  # sums hang on the layout
    counted = np.isfinite(chance) & (chance > 0)
    if among is not None:
        counted &= among | ~among.any(axis=1, keepdims=True)
    sums = np.where(counted, chance, 0.0).sum(axis=1)
    low = np.flatnonzero((sums < 1.0) & counted.any(axis=1))
    found = chance.copy()
    if not len(low):
        return found
    inside = counted[low]
    odds = logit(np.clip(np.where(inside, chance[low], 0.5), _LEAST, 1.0 - _LEAST))
    shift = np.zeros((len(low), 1))
    for _ in range(_STEPS):
        raised = np.where(inside, expit(odds + shift), 0.0)
        slope = (raised * (1.0 - raised)).sum(axis=1, keepdims=True)
        step = (1.0 - raised.sum(axis=1, keepdims=True)) / np.maximum(slope, _LEAST)
        shift = np.clip(shift + np.clip(step, -_LONGEST, _LONGEST), 0.0, _HIGHEST)
    found[low] = np.where(inside, expit(odds + shift), chance[low])
    return found

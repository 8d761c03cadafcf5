"""A direct model of rewards, learnt from other customers than it is asked about: the mean reward of each action."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.off_policy.rows import LoggedRows
from recommender.training_data import Floats, Ints

FOLDS = 5
PRIOR_ROWS = 20.0
"""So many rows of the overall mean each action's own mean begins with."""


class Expected(NamedTuple):
    """What a model expects [rows]: of the logged action, and of the candidate policy."""

    of_logged: Floats
    of_candidate: Floats


def cross_fitted(rows: LoggedRows, folds: int = FOLDS, prior_rows: float = PRIOR_ROWS) -> Expected:
    """Mean reward by action of the customers of all other folds; ValueError without `chances`.

    Customers are dealt to folds by their number, all rows of one together.
    """
    if rows.chances is None:
        raise ValueError("chances: the direct model needs all chances of the candidate")
    actions, fold = rows.chances.shape[1], rows.customer % folds
    of_logged, of_candidate = np.zeros(len(rows)), np.zeros(len(rows))
    for each in range(folds):
        inside = fold == each
        if not inside.any():
            continue
        means = mean_rewards(rows.action[~inside], rows.reward[~inside], actions, prior_rows)
        of_logged[inside] = means[rows.action[inside]]
        of_candidate[inside] = rows.chances[inside] @ means
    return Expected(of_logged, of_candidate)


def mean_rewards(action: Ints, reward: Floats, actions: int, prior_rows: float = PRIOR_ROWS) -> Floats:
    """The mean reward of each action [actions], shrunk to that of all; 0 where nothing was seen at all."""
    overall = float(reward.mean()) if len(reward) else 0.0
    seen = np.bincount(action, minlength=actions).astype(np.float64)
    total = np.bincount(action, weights=reward, minlength=actions)
    known = seen + prior_rows > 0
    means: Floats = np.full(actions, overall)
    np.divide(total + prior_rows * overall, seen + prior_rows, out=means, where=known)
    return means

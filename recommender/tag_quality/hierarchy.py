"""Priors of many tags, each drawn from the closest group that has seen enough: stage in tag, tag, all tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from recommender.training_data import Floats, Ints

Fit = Callable[[Floats, Floats], tuple[float, float]]
Sample = tuple[Floats, Floats, Ints]
"""Of one tag: both columns that the prior is fitted to, one entry a customer, and the stage of each."""

LEAST_TAG, LEAST_STAGE = 30, 100  # customers below which a group takes the prior of the wider one


def hierarchy(
    samples: Sequence[Sample], fit: Fit, stages: int, neutral: tuple[float, float], *, shares: bool = False
) -> Floats:
    """Both parameters of the prior, [tags, stages, 2]; `neutral` where nobody has seen anything.

    An entry counts where its second column, the trials, is above 0. Where the priors are Beta(a, b) of `shares`, every
    narrower group has one customer more, of a single trial that was a hit to the extent of the wider group's mean.
    """
    pooled = [np.concatenate([sample[column] for sample in samples] or [np.empty(0)]) for column in (0, 1)]
    everywhere = _fitted(pooled[0], pooled[1], fit, 1) or neutral
    priors = np.empty((len(samples), stages, 2))
    for tag, (first, trials, stage) in enumerate(samples):
        of_tag = _fitted(first, trials, fit, LEAST_TAG, everywhere if shares else None) or everywhere
        for number in range(stages):
            inside = stage == number
            own = first[inside], trials[inside]
            priors[tag, number] = _fitted(*own, fit, LEAST_STAGE, of_tag if shares else None) or of_tag
    return priors


def _fitted(
    first: Floats, trials: Floats, fit: Fit, least: int, wider: tuple[float, float] | None = None
) -> tuple[float, float] | None:
    seen = trials > 0
    if np.count_nonzero(seen) < least:
        return None
    if wider is None:
        return fit(first[seen], trials[seen])
    # Else a group without a hit so far would be believed never to have one, and one of single trials all or nothing.
    return fit(np.append(first[seen], wider[0] / sum(wider)), np.append(trials[seen], 1.0))

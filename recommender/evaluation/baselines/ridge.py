"""Directed ridge regression from the state before a purchase to what was bought."""

from __future__ import annotations

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.models.ridge import Ridge

MOST_ITEMS = 2_000
L2 = 100.0


def ridge(known: Known) -> Score:
    """Each purchase before the time is a row; scored on what the customer has at the time."""
    model = Ridge.fit(*known.steps, l2=L2)
    return lambda customers, _eligible=None: model.score(known.own[customers])

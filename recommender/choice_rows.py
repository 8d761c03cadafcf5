"""Rows of days of which it is known what a customer was free to buy: only that competes, as when he is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from recommender.evidence import Evidence, evidence_rows
from recommender.first_stage import FirstStage, choice_of
from recommender.points import CustomerDays, bought_in, eligible_on
from recommender.ranker import LISTING
from recommender.ranking_rows import Sample
from recommender.states import Histories
from recommender.training_data import TrainingData

HELD = 3  # every third customer is kept for penalty and calibration


class ChoiceRows(NamedTuple):
    """What the list over all products learns from and what it is tested on, with the sample of the latter."""

    learnt: Evidence
    held: Evidence
    sample: Sample


def choice_rows(
    stage: FirstStage, histories: Histories, data: TrainingData, occasions: CustomerDays, seed: int
) -> ChoiceRows:
    """`stage` knows nothing of the occasions; what is chosen is learnt by each half of the customers from the other."""
    bought = bought_in(data.events, stage.items, occasions, days=1)
    whole = Sample.after(occasions, bought)._replace(eligible=eligible_on(data.eligibility, stage.items, occasions))
    half, tested = occasions.customer % 2, (occasions.customer // 2) % HELD == 0
    learnt: list[Evidence] = []
    held: list[Evidence] = []
    for side in range(2):
        choice = choice_of(data, stage.items, occasions.where(half != side))
        own = replace(stage, choice=choice)
        for mask, parts in ((~tested, learnt), (tested, held)):
            sample = whole.where((half == side) & mask)
            parts.append(evidence_rows(own, histories, sample, (LISTING,), seed + side)[LISTING])
    order = np.concatenate([np.flatnonzero((half == side) & tested) for side in range(2)])
    return ChoiceRows(Evidence.joined(learnt), Evidence.joined(held), whole.where(order))

"""First purchases, days at risk and the hazard of the next category."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.training_data import TrainingData
from recommender.transitions import Acquisitions, transition_hazard
from tests.unit.recommender.bank import AS_OF, CATEGORIES, FROM_DAY, bank, bank_of_tastes, events_of, spells_of

DAY = FROM_DAY


def acquired(*rows: tuple[int, int, int], customers: int = 1, **more: object) -> Acquisitions:
    events = events_of([(c, category, category, day, "purchase", 1) for c, category, day in rows])
    return Acquisitions.of(replace(bank(events, customers=customers), joined_day=np.full(customers, DAY), **more))


def test_the_base_rate_is_first_purchases_per_day_without_the_category() -> None:
    found = acquired((0, 1, DAY + 100), (0, 1, DAY + 150), customers=2)
    assert found.base_rate()[1] == pytest.approx(1 / (100 + AS_OF - DAY))
    assert found.base_rate()[0] == 0


def test_a_holding_from_before_the_observation_was_never_at_risk() -> None:
    spells = spells_of([(0, 1, 1, DAY - 10, -1, -1, 5)])
    found = acquired((0, 1, DAY + 100), spells=spells)
    assert found.base_rate()[1] == 0
    assert not found.first.any()


def test_what_comes_with_joining_was_never_at_risk() -> None:
    found = acquired((0, 1, DAY), (1, 1, DAY + 1), customers=2)
    assert found.first[:, 1].tolist() == [False, True]
    assert found.base_rate()[1] == 1


def test_a_transition_is_a_first_purchase_after_the_origin_was_acquired() -> None:
    counts, exposure = acquired((0, 1, DAY + 10), (0, 2, DAY + 40), (0, 3, DAY + 40)).transitions()
    assert counts[1].tolist() == [0, 0, 1, 1]
    assert exposure[1].tolist() == [AS_OF - DAY - 10, 0, 30, 30]
    assert counts[2].tolist() == [0, 0, 0, 0]
    assert exposure[2].tolist() == [AS_OF - DAY - 40, 0, 0, 0]


def test_what_lies_ahead_is_not_read() -> None:
    found = acquired((0, 1, DAY + 10), (0, 2, AS_OF + 1))
    assert found.transitions()[0].sum() == 0


def _one_by_one(data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
    found = Acquisitions.of(data)
    counts, exposure = np.zeros((CATEGORIES, CATEGORIES)), np.zeros((CATEGORIES, CATEGORIES))
    for day, since in zip(found.day.tolist(), found.since.tolist(), strict=True):
        for origin in range(CATEGORIES):
            for target in range(CATEGORIES):
                start = max(day[origin], since)
                if day[origin] < data.as_of:
                    exposure[origin, target] += max(min(day[target], data.as_of) - start, 0)
                    counts[origin, target] += start < day[target] <= data.as_of
    return counts, exposure


def test_counts_and_exposures_agree_with_counting_one_by_one() -> None:
    data = bank_of_tastes(customers=80, count=800)
    for ours, expected in zip(Acquisitions.of(data).transitions(), _one_by_one(data), strict=True):
        assert ours.tolist() == expected.tolist()


def test_the_hazard_is_the_base_rate_where_nothing_was_observed() -> None:
    assert transition_hazard(0.0, 0.0, 2e-4) == pytest.approx(2e-4)


def test_first_acquisitions_of_the_last_days_are_those_of_the_horizon() -> None:
    found = acquired((0, 1, AS_OF - 180), (0, 2, AS_OF - 179), (0, 3, AS_OF))
    assert found.within(180).tolist() == [[False, False, True, True]]

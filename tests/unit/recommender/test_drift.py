"""A drift is one of the tag, not of the bank: told of affinities, and of who is tagged among the same customers."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.drift import REFERENCE_DAYS, Drift
from recommender.tag_quality.psi import FEWEST
from recommender.tag_quality.standing import STANDS, Carried
from recommender.tag_quality.tag_life import MOST_DRIFT
from recommender.training_data import Floats, Ints

TODAY = 1_000
OLD, NEW = TODAY - REFERENCE_DAYS - 10, TODAY - 5


def drift(
    day: Ints, affinity: Floats, *, stage: Ints | None = None, joined: Ints | None = None, removed: Ints | None = None
) -> Drift:
    """Of one tag, an assignment a customer."""
    size = len(day)
    ends = np.full(size, STANDS) if removed is None else removed
    carried = Carried(np.arange(size), np.zeros(size, np.int64), day, ends, affinity)
    there = np.full(size, -1) if joined is None else joined
    return Drift.of(carried, (np.zeros(size, np.int64) if stage is None else stage, there), TODAY, 1)


def test_affinities_that_are_given_out_otherwise_than_before_are_a_drift() -> None:
    rng = np.random.default_rng(1)
    day = np.repeat([OLD, NEW], [300, 900])
    same, other = rng.beta(4, 2, 1_200), np.append(rng.beta(4, 2, 300), rng.beta(2, 6, 900))
    assert drift(day, same).affinity[0] < 0.05
    assert drift(day, other).affinity[0] > MOST_DRIFT
    found = drift(day, other).findings()
    assert [(one.code, one.numerator, one.denominator, one.bar, one.is_cause) for one in found] == [
        ("drift_affinity", 1_200, 300, 0.25, True)
    ]


def test_a_slight_drift_is_noted_and_no_cause() -> None:
    day = np.repeat([OLD, NEW], [20_000, 20_000])
    affinity = np.append(np.linspace(0, 1, 20_000), np.linspace(0, 1, 20_000) ** 2.2)
    (found,) = drift(day, affinity).findings()
    assert 0.1 < found.value < MOST_DRIFT
    assert (found.bar, found.is_cause) == (0.1, False)


def test_a_provider_with_few_values_is_told_apart_by_them() -> None:
    day = np.repeat([OLD, NEW], [200, 800])
    assert drift(day, np.repeat([0.5, 0.9], [200, 800])).affinity[0] > MOST_DRIFT
    assert drift(day, np.full(1_000, 0.5)).affinity[0] == pytest.approx(0.0, abs=1e-9)


def test_other_stages_than_before_are_a_drift_among_those_who_were_there() -> None:
    day = np.repeat([OLD, NEW], [300, 900])
    stage = np.repeat([2, 0], [300, 900])
    unknown = np.full(1_200, np.nan)
    assert drift(day, unknown, stage=stage).stage[0] > MOST_DRIFT
    newcomers = np.repeat([0, TODAY - 20], [300, 900])  # that they are new is no drift of the tag
    assert drift(day, unknown, stage=stage, joined=newcomers).stage[0] == pytest.approx(0.0, abs=0.01)


def test_what_was_removed_since_counts_before_and_not_now() -> None:
    size = 400
    removed = np.where(np.arange(size) < 200, NEW, STANDS)
    affinity = np.where(np.arange(size) < 200, 0.9, 0.1)
    found = drift(np.full(size, OLD), affinity, removed=removed)
    assert (found.before[0], found.now[0]) == (400, 200)
    assert found.affinity[0] > MOST_DRIFT


def test_of_too_few_carriers_nothing_is_known_and_nothing_found() -> None:
    day = np.repeat([OLD, NEW], [FEWEST - 1, 500])
    found = drift(day, np.repeat([0.1, 0.9], [FEWEST - 1, 500]))
    assert np.isnan(found.worst[0])
    assert found.findings() == []
    assert np.isnan(drift(np.full(500, NEW), np.full(500, 0.5)).worst[0])


def test_without_a_drift_the_smallest_tags_hardly_ever_alarm() -> None:
    rng = np.random.default_rng(2)
    day = np.repeat([OLD, NEW], [FEWEST, FEWEST])
    found = [drift(day, rng.beta(4, 2, 2 * FEWEST), stage=rng.integers(0, 3, 2 * FEWEST)).worst[0] for _ in range(400)]
    assert np.mean(np.array(found) > 0.1) <= 0.01
    assert np.mean(np.array(found) > MOST_DRIFT) == 0

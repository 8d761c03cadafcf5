"""Carriers are compared with customers like them, on the same days and for as long."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.tag_quality.precision import Precision
from recommender.tag_quality.visibility import LATEST, WINDOW_DAYS
from recommender.training_data import Floats, Ints
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, STAGES = 6_000, 3


def signs_of(rate: Floats, since: int = 200) -> Signs:
    """Signs of category 0 at each customer's daily rate."""
    rng = np.random.default_rng(6)
    customer = np.repeat(np.arange(len(rate)), rng.poisson(rate * (AS_OF - since)))
    day = rng.integers(since, AS_OF, len(customer))
    bought = Purchased(customer, np.zeros_like(customer), day, np.ones(len(customer)))
    everybody = np.full((len(rate), 1), NEVER)
    return Signs.of(evidence_of(customers=len(rate), claims=[[0]], assigned=everybody, purchases=bought))


def precision(signs: Signs, assigned: Ints, stage: Ints | None = None) -> Precision:
    return Precision.of(signs, assigned, np.full(len(assigned), 2) if stage is None else stage, STAGES)


@pytest.mark.parametrize("latest", [AS_OF - WINDOW_DAYS, AS_OF - LATEST])
def test_carriers_drawn_by_lot_show_what_is_expected_of_them(latest: int) -> None:
    rng = np.random.default_rng(1)
    signs = signs_of(rng.gamma(0.5, 0.004, CUSTOMERS))  # most never, a few often: no constant hazard
    days = rng.integers(latest - 200, latest, (10, CUSTOMERS))
    found = [precision(signs, np.where(rng.random(CUSTOMERS) < 0.5, one, NEVER)) for one in days]
    assert sum(one.shown[0] for one in found) == pytest.approx(sum(one.expected[0] for one in found), rel=0.03)
    assert found[0].shown[0] > 300


def test_carriers_who_prefer_show_more_than_is_expected() -> None:
    preferring = np.arange(CUSTOMERS) < 600
    found = precision(signs_of(np.where(preferring, 0.004, 0.0005)), np.where(preferring, 500, NEVER))
    assert found.followed[0] == 600
    assert found.shown[0] > 4 * found.expected[0]


def test_those_compared_are_of_the_carriers_stage() -> None:
    stage = np.arange(CUSTOMERS) % 2
    signs = signs_of(np.where(stage == 1, 0.006, 0.0003))
    assigned = np.where((stage == 1) & (np.arange(CUSTOMERS) < 3_000), 500, NEVER)
    found = precision(signs, assigned, stage)
    assert found.shown[0] == pytest.approx(found.expected[0], rel=0.06)
    assert (found.followed.tolist(), found.shown[2]) == ([1_500, 0, 1_500, 0], found.shown[0])


def test_who_was_tagged_too_late_or_before_anything_was_recorded_is_not_followed() -> None:
    signs = signs_of(np.full(400, 0.01))
    assigned = np.full(400, NEVER)
    assigned[:3] = (AS_OF - LATEST + 1, signs.since - 1, AS_OF - LATEST)
    assert precision(signs, assigned).followed[0] == 1
    assert [column.tolist() for column in precision(signs, np.full(400, NEVER))] == [[0.0] * 4] * 3


def test_a_sign_on_the_day_itself_is_no_evidence() -> None:
    bought = Purchased(np.array([0, 1]), np.zeros(2, np.int64), np.array([500, 501]), np.ones(2))
    none = np.full((3, 1), NEVER)
    signs = Signs.of(evidence_of(customers=3, claims=[[0]], assigned=none, purchases=bought))
    found = precision(signs, np.array([500, 500, NEVER]))
    assert (found.followed[0], found.shown[0]) == (2, 1)

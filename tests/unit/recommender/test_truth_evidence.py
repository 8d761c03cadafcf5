"""What counts for and against a tag's claim."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.tag_quality.truth_evidence import TruthEvidence
from tests.unit.recommender.tag_world import evidence_of


def found(weight: list[float]) -> TruthEvidence:
    """Customer 0 carries the tag on category 0, customer 1 does not; both buy three times."""
    customer, category = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 0, 0, 1, 1])
    bought = Purchased(customer, category, np.full(6, 900), np.array(weight))
    assigned = np.array([[500], [NEVER]])
    return TruthEvidence.of(evidence_of(customers=2, claims=[[0]], assigned=assigned, purchases=bought), 0, 3)


def test_hits_and_trials_are_weighted_and_the_base_is_that_of_the_untagged() -> None:
    truth = found([1, 1, 0.3, 1, 1, 0.5])
    assert (truth.hits.tolist(), truth.n.tolist()) == ([1.3], [2.3])
    assert truth.theta0 == pytest.approx([0.5] * 3)  # of 2.5 occasions without the tag one, and a quarter more


def test_heavy_weights_are_worth_fewer_observations_than_their_sum() -> None:
    truth = found([20, 1, 1, 1, 1, 1])
    assert truth.n.tolist() == [22]
    assert truth.n_eff[0] == pytest.approx(22**2 / 402)
    assert found([0.3, 0.3, 0.3, 1, 1, 1]).n_eff[0] == pytest.approx(0.9)

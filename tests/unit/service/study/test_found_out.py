"""Tags whose carriers were mixed up are told from right ones, and their life says so in time."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from service.study.found_out import NOT_YET, FoundOut, found_out
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, TAGS = 3_000, 4


def right_tags() -> Evidence:
    """Four categories, each bought by those who carry its tag and by hardly anybody else."""
    rng = np.random.default_rng(3)
    carries = rng.random((CUSTOMERS, TAGS)) < 0.15
    bought = rng.poisson(np.where(carries, 4.0, 0.1))
    customer, category = np.repeat(np.argwhere(np.ones_like(bought)), bought.ravel(), axis=0).T
    day = rng.integers(AS_OF - 700, AS_OF, len(customer))
    purchases = Purchased(customer, category, day, np.ones(len(customer)))
    assigned = np.where(carries, rng.integers(AS_OF - 400, AS_OF - 100, carries.shape), NEVER)
    claims = [[tag] for tag in range(TAGS)]
    return evidence_of(customers=CUSTOMERS, claims=claims, assigned=assigned, purchases=purchases)


def test_wrong_tags_are_told_from_right_ones_watched_and_retired() -> None:
    found = found_out(right_tags(), np.ones(TAGS, np.bool_), 0.5, 1)
    assert sum(found.wrong) == 2
    assert found.auc("truth") == found.auc("lead") == 1.0
    assert len(found.judged) == 2
    for place in found.judged:
        assert NOT_YET < found.watched[place] < found.retired[place]


def test_what_is_not_trusted_is_left_out() -> None:
    found = found_out(right_tags(), np.arange(TAGS) < 2, 0.5, 1)
    assert (len(found.wrong), sum(found.wrong)) == (2, 1)


def test_the_auc_counts_ties_half_and_leaves_out_what_is_not_known() -> None:
    wrong, liking = [True, False, False, False], [True, True, True, False]
    found = FoundOut(wrong, liking, [0.5, 0.5, float("nan"), 0.9], [0.0] * 4, [0] * 4, [0] * 4, [0] * 4)
    assert found.auc("truth") == pytest.approx(0.75)
    assert found.auc("truth", likings=True) == pytest.approx(0.5)
    assert np.isnan(FoundOut([True], [True], [0.1], [0.0], [0], [0], [0]).auc("truth"))

"""A latent tag is told from what is bought again, by a yardstick that shelves, tasks and time cannot shift."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from recommender.tag_quality.latent import GIVEN, KEPT, WINDOW_DAYS, Latent
from recommender.tag_quality.measure import measure
from recommender.tag_quality.truth_evidence import TruthEvidence
from tests.unit.recommender.tag_world import AS_OF, evidence_of

OTHERS = 400


def world(*, mine: list[tuple[int, float, int]], carriers: int = 0) -> Evidence:
    """Customer 0 bought (category, weight, days ago); of the others each bought ten times, once in category 0.

    Some of them carry the tag on category 0 and buy it every time.
    """
    category = np.tile(np.arange(10), OTHERS) % 4
    category[category == 0] = 1
    category[::10] = 0
    customer = np.repeat(np.arange(1, OTHERS + 1), 10)
    category[customer <= carriers] = 0
    own = np.array(mine, dtype=np.float64).reshape(-1, 3)
    bought = Purchased(
        np.concatenate([np.zeros(len(own), np.int64), customer]),
        np.concatenate([own[:, 0].astype(np.int64), category]),
        np.concatenate([AS_OF - own[:, 2].astype(np.int64), np.full(len(customer), AS_OF - 50)]),
        np.concatenate([own[:, 1], np.ones(len(customer))]),
    )
    assigned = np.full((OTHERS + 1, 1), NEVER)
    assigned[1 : carriers + 1] = 300
    return evidence_of(customers=OTHERS + 1, claims=[[0]], assigned=assigned, purchases=bought)


def latent(evidence: Evidence, *, asked: list[int] | None = None) -> Latent:
    """What is told of customer 0, unless others are asked for."""
    mask = np.zeros((1, evidence.customers), np.bool_)
    mask[0, [0] if asked is None else asked] = True
    (found,) = Latent.each(evidence, np.array([0]), mask, 3)
    return found


def of(*mine: tuple[int, float, int], **more: Any) -> Latent:
    return latent(world(mine=list(mine), **more))


AGAIN = (0, 1.0, 30), (0, 1.0, 90), (0, 1.0, 200)


def test_what_is_bought_again_and_again_gives_a_tag_with_what_it_rests_on() -> None:
    found = of(*AGAIN, (1, 1.0, 10))
    assert (found.gives.tolist(), found.keeps.tolist()) == ([True], [True])
    assert (found.occasions.tolist(), found.since.tolist()) == ([3], [AS_OF - 200])
    assert (found.hits.tolist(), found.n.tolist(), found.n_eff.tolist()) == ([3.0], [4.0], [4.0])
    assert found.theta0[0] == pytest.approx(1.25 * (OTHERS + 3) / (10 * OTHERS + 4))
    assert found.truth[0] > GIVEN


def test_truth_is_that_of_a_carrier_with_the_same_occasions() -> None:
    evidence = world(mine=[*AGAIN, (1, 1.0, 10)], carriers=150)
    carrier = replace(evidence, assigned=np.where(np.arange(OTHERS + 1)[:, None] == 0, 300, evidence.assigned))
    measured = measure(carrier)
    own = (measured.customer == 0).nonzero()[0][0]
    assert TruthEvidence.of(carrier, 0, 3).n[0] == latent(evidence).n[0]
    # One carrier more moves prior and base rate a little.
    assert measured.customer_quality[own] > 0
    assert latent(evidence).truth[0] > GIVEN


@pytest.mark.parametrize(
    "mine",
    [
        [],
        [(0, 1.0, 30), (0, 1.0, 90)],  # two occasions are no three
        [(0, 0.3, day) for day in (10, 40, 70, 100, 130, 160)],  # tasks: six of them are worth 1.8
        [(0, 1.0, 10), (1, 1.0, 20), (1, 1.0, 30), (2, 1.0, 40)],  # once is not again
        [(1, 1.0, day) for day in range(5, 50, 5)],  # nothing of what is claimed
        [(0, 1.0, 400 + day) for day in (10, 40, 70, 100)],  # long ago
        [(0, 1.0, 10), (0, 1.0, 60), *[(1, 1.0, day) for day in range(1, 41)]],  # no more often than others
    ],
)
def test_too_little_gives_nothing(mine: list[tuple[int, float, int]]) -> None:
    assert of(*mine).gives.tolist() == [False]


def test_a_strong_prior_of_the_carriers_gives_no_tag_to_whoever_never_bought_it() -> None:
    never = of((1, 1.0, 10), (2, 1.0, 40), (3, 1.0, 80), carriers=200)
    assert never.truth[0] > GIVEN
    assert (never.gives.tolist(), never.keeps.tolist()) == ([False], [False])


def test_between_both_bars_a_tag_stays_and_is_not_given() -> None:
    mine = [(0, 1.0, 10), (0, 1.0, 50)] + [(1, 1.0, day) for day in range(60, 340, 28)]
    found = of(*mine)
    assert KEPT <= found.truth[0] <= GIVEN
    assert (found.gives.tolist(), found.keeps.tolist()) == ([False], [True])


def test_a_tag_is_kept_no_longer_than_what_it_rests_on_is_within_the_year() -> None:
    for days, keeps in ((WINDOW_DAYS - 1, True), (WINDOW_DAYS, False)):
        assert of(*[(0, 1.0, days)] * 3).keeps.tolist() == [keeps]


def test_nothing_is_told_of_customers_who_are_not_asked_for() -> None:
    found = latent(world(mine=list(AGAIN)), asked=[])
    assert len(found.truth) == len(found.customer) == 0
    assert latent(world(mine=list(AGAIN)), asked=[0, 7]).customer.tolist() == [0, 7]


def test_who_was_given_a_tag_that_was_taken_back_stays_in_its_precision_and_out_of_its_peers() -> None:
    """Sixty carriers bought it again, sixty did not: the service has taken it back from these."""
    customers = np.arange(OTHERS)
    first = Purchased(customers, np.ones(OTHERS, np.int64), np.full(OTHERS, 600), np.ones(OTHERS))
    again = Purchased(customers[:60], np.zeros(60, np.int64), np.full(60, 900), np.ones(60))
    both = Purchased(*(np.concatenate([getattr(one, name) for one in (first, again)]) for name in Purchased.__slots__))
    assigned = np.where(customers < 60, 800, NEVER)[:, None]
    evidence = evidence_of(customers=OTHERS, claims=[[0]], assigned=assigned, purchases=both)
    lapsed = np.column_stack([customers[60:120], np.zeros(60, np.int64), np.full(60, 800)])
    survivors, honest = measure(evidence), measure(replace(evidence, lapsed=lapsed))
    assert (survivors.followed[0, 0], survivors.precision[0, 0]) == (60, 1.0)
    assert (honest.followed[0, 0], honest.precision[0, 0]) == (120, 0.5)
    assert honest.tagged[0, 0] == survivors.tagged[0, 0] == 60
    shut = replace(evidence, lapsed=lapsed, deleted=lapsed[:, :2])
    assert measure(shut).followed[0, 0] == 60, "what a customer has deleted is not read"
    assert not shut.untagged(0)[60:120].any()


def test_the_first_of_several_assignments_counts_for_precision() -> None:
    evidence = replace(world(mine=[], carriers=2), lapsed=np.array([[1, 0, 200], [1, 0, 250], [3, 0, 700]]))
    assert evidence.given(0)[:5].tolist() == [NEVER, 200, 300, 700, NEVER]

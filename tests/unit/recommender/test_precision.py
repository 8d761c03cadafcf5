"""Carriers are compared with customers like them, on the same days and for as long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.tag_quality import strata
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from recommender.tag_quality.precision import FEWEST_PEERS, Precision
from recommender.tag_quality.strata import Strata
from recommender.tag_quality.visibility import LATEST, WINDOW_DAYS
from recommender.training_data import Floats, Ints
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, SINCE = 6_000, 200


def world(rate: Floats, growing: float = 0.0, **fields: Any) -> Evidence:
    """Signs of category 0 at each customer's daily rate, which may grow over the record to so many times more."""
    rng = np.random.default_rng(6)
    customer = np.repeat(np.arange(len(rate)), rng.poisson(rate * (1 + growing) * (AS_OF - SINCE)))
    day = rng.integers(SINCE, AS_OF, len(customer))
    kept = rng.random(len(customer)) * (1 + growing) < 1 + growing * (day - SINCE) / (AS_OF - SINCE)
    customer, day = customer[kept], day[kept]
    bought = Purchased(customer, np.zeros_like(customer), day, np.ones(len(customer)))
    nobody = np.full((len(rate), 1), NEVER)
    return replace(evidence_of(customers=len(rate), claims=[[0]], assigned=nobody, purchases=bought), **fields)


def precision(evidence: Evidence, assigned: Ints) -> Precision:
    evidence, signs = replace(evidence, assigned=assigned[:, None]), Signs.of(evidence)
    return Precision.of(signs.within(evidence.claims[0]), Strata.of(signs, evidence), evidence, 0, 3)


def assert_alike(found: list[Precision]) -> None:
    """What carriers by lot show is what is expected of them, within three standard errors."""
    shown, expected = (sum(float(one[at][0]) for one in found) for at in (1, 2))
    assert shown == pytest.approx(expected, abs=3.0 * np.sqrt(shown))
    assert shown > 300


def by_lot(evidence: Evidence, latest: int, among: Floats | None = None) -> list[Precision]:
    rng = np.random.default_rng(1)
    chance = np.full(evidence.customers, 0.5) if among is None else among
    days = rng.integers(latest - 200, latest, (10, evidence.customers))
    return [precision(evidence, np.where(rng.random(evidence.customers) < chance, one, NEVER)) for one in days]


@pytest.mark.parametrize("latest", [AS_OF - WINDOW_DAYS, AS_OF - LATEST])
@pytest.mark.parametrize("growing", [0.0, 9.0])
def test_carriers_drawn_by_lot_show_what_is_expected_of_them(latest: int, growing: float) -> None:
    rate = np.random.default_rng(1).gamma(0.5, 0.004, CUSTOMERS)  # most never, a few often: no constant hazard
    assert_alike(by_lot(world(rate, growing), latest))


def test_a_tag_given_to_the_lively_is_compared_with_the_lively(monkeypatch: pytest.MonkeyPatch) -> None:
    lively = np.arange(CUSTOMERS) % 3 == 0
    evidence = world(np.where(lively, 0.02, 0.001))

    def lead() -> float:
        found = by_lot(evidence, AS_OF - WINDOW_DAYS, np.where(lively, 0.5, 0.05))
        return float(sum(one.shown[0] for one in found) / sum(one.expected[0] for one in found))

    by_strata = lead()
    monkeypatch.setattr(strata, "LIVELY", np.array([10**6]))  # all alike
    assert 1.0 < by_strata < 1.25  # what a sample of signs tells of liveliness, not all of it
    assert lead() > 1.8


def test_a_tag_given_for_a_sign_just_shown_proves_nothing_by_it() -> None:
    evidence = world(np.full(CUSTOMERS, 0.002))
    bought = evidence.purchases
    first, drawn = np.full(CUSTOMERS, AS_OF), np.random.default_rng(3).random(len(bought.day)) < 0.3
    np.minimum.at(first, bought.customer[drawn], bought.day[drawn] + 1)
    assert_alike([precision(evidence, np.where(first < AS_OF, first, NEVER))])


def test_who_had_not_joined_yet_is_no_comparison() -> None:
    joined = np.where(np.arange(CUSTOMERS) % 2 == 0, 700, 0)
    evidence = world(np.full(CUSTOMERS, 0.002), joined=joined)
    bought = evidence.purchases
    there = bought.day >= joined[bought.customer]
    kept = Purchased(bought.customer[there], bought.category[there], bought.day[there], bought.weight[there])
    found = by_lot(replace(evidence, purchases=kept), AS_OF - WINDOW_DAYS, np.where(joined == 0, 0.5, 0.0))
    assert_alike(found)


def test_who_may_not_be_watched_is_no_comparison_for_those_who_may() -> None:
    watched = np.arange(CUSTOMERS) % 5 < 3
    evidence = world(np.where(watched, 0.004, 0.0005), watched=watched)
    assert_alike(by_lot(evidence, AS_OF - WINDOW_DAYS, np.where(watched, 0.5, 0.0)))


def test_carriers_who_prefer_show_more_than_is_expected() -> None:
    preferring = np.arange(CUSTOMERS) < 600
    found = precision(world(np.where(preferring, 0.004, 0.0005)), np.where(preferring, 500, NEVER))
    assert (found.followed[0], found.peers[0]) == (600, CUSTOMERS - 600)
    assert found.shown[0] > 2 * found.expected[0]


def test_levels_are_the_carriers_of_each_stage() -> None:
    stage = np.arange(CUSTOMERS) % 2
    found = precision(world(np.full(CUSTOMERS, 0.002), stage=stage), np.where(np.arange(CUSTOMERS) < 100, 500, NEVER))
    assert found.followed.tolist() == [100, 50, 50, 0]
    assert found.shown[1:].sum() == found.shown[0]


def test_who_was_tagged_too_late_or_before_anything_was_recorded_is_not_followed() -> None:
    evidence = world(np.full(400, 0.01))
    assigned = np.full(400, NEVER)
    assigned[:3] = (AS_OF - LATEST + 1, Signs.of(evidence).since - 1, AS_OF - LATEST)
    assert precision(evidence, assigned).followed[0] == 1
    assert [column.tolist() for column in precision(evidence, np.full(400, NEVER))] == [[0.0] * 4] * 4


def test_with_too_few_to_compare_with_nothing_is_expected() -> None:
    evidence = world(np.full(400, 0.01))
    for without in (0, FEWEST_PEERS - 1, FEWEST_PEERS):
        found = precision(evidence, np.where(np.arange(400) < 400 - without, 500, NEVER))
        assert np.isnan(found.expected[0]) == (without < FEWEST_PEERS)


def test_who_deleted_the_tag_is_neither_a_carrier_nor_somebody_without_it() -> None:
    assigned = np.where(np.arange(400) < 100, 500, NEVER)
    deleted = np.column_stack([np.arange(100, 150), np.zeros(50, np.int64)])
    found = precision(world(np.full(400, 0.01), deleted=deleted), assigned)
    assert (found.followed[0], found.peers[0]) == (100, 250)


def test_a_sign_on_the_day_itself_is_no_evidence() -> None:
    bought = Purchased(np.array([0, 1]), np.zeros(2, np.int64), np.array([500, 501]), np.ones(2))
    evidence = evidence_of(customers=3, claims=[[0]], assigned=np.full((3, 1), NEVER), purchases=bought)
    found = precision(evidence, np.array([500, 500, NEVER]))
    assert (found.followed[0], found.shown[0]) == (2, 1)

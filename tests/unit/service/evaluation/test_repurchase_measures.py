"""Truthfulness against the raw ratio, on planted preferences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from service.evaluation.derived_tags import Histories
from service.evaluation.repurchase import Carried, carried
from service.evaluation.repurchase_measures import Ordered, calibrations, exceeding, ordered, orders, truth_bins
from tests.unit.service.evaluation.past_and_future import histories, planted


@pytest.fixture(scope="module")
def history() -> Histories:
    return planted(11)


@pytest.fixture(scope="module")
def carriers(history: Histories) -> Carried:
    return carried(history)


def ordered_within(carriers: Carried) -> Ordered:
    own = carriers.where(carriers.later > 0)
    return ordered(("active later", "occasion", "within"), own, (own.later_hits, own.later - own.later_hits))


def test_the_posterior_of_preferences_that_stay_is_calibrated(history: Histories, carriers: Carried) -> None:
    found = {(one.carriers, one.of): one for one in calibrations(carriers, history.tags)}
    expected, raw, once = (found["with evidence", name] for name in ("expected", "ratio", "once"))
    assert expected.found.slope is not None
    assert expected.found.ratio is not None
    assert expected.found.ece < 2 * expected.found.ece_by_chance
    assert once.found.ece < 2 * once.found.ece_by_chance
    assert expected.found.slope.value == pytest.approx(1.0, abs=0.1)
    assert expected.found.ratio.value == pytest.approx(1.0, abs=0.03)
    assert expected.brier < raw.brier
    assert expected.found.ece < raw.found.ece


def test_carriers_without_evidence_have_the_prior_of_those_with_it_and_are_somewhat_less_true(
    history: Histories, carriers: Carried
) -> None:
    # They came to the category late: what they bought before the tag is no evidence, but was no hit either.
    late = carriers.where((carriers.later > 0) & (carriers.n == 0))
    assert 0.0 < (late.later * late.expected - late.later_hits).sum() / late.later.sum() < 0.1


def test_truth_has_more_pairs_in_order_than_the_raw_ratio(carriers: Carried) -> None:
    found = {(one.carriers, one.of, one.among): one for one in orders(carriers, everyone=True)}
    for among in ("within", "lift"):
        for who in ("with evidence", "active later"):
            assert found[who, "occasion", among].differences["truth"].low > 0
    assert found["all", "again", "within"].differences["truth"].low > 0


def test_noise_foresees_nothing(carriers: Carried) -> None:
    blind = replace(carriers, truth=np.random.default_rng(5).random(len(carriers.tag)))
    found = ordered_within(blind)
    assert found.shares["truth"] == pytest.approx(0.5, abs=0.02)
    assert found.differences["truth"].high < 0


def test_the_interval_of_a_difference_covers_what_other_customers_would_give() -> None:
    drawn = [ordered_within(carried(planted(seed, customers=500))).differences["truth"] for seed in range(25)]
    middle = float(np.mean([one.mean for one in drawn]))
    assert np.mean([one.low <= middle <= one.high for one in drawn]) >= 0.8


def test_more_truth_is_a_larger_share_and_beyond_the_bar(carriers: Carried) -> None:
    bins = truth_bins(carriers)
    assert sum(one.carriers for one in bins) == int((carriers.later > 0).sum())
    for one in bins:
        assert one.share == pytest.approx(one.expected, abs=0.05 if one.occasions > 1_000 else 0.2)
    assert bins[0].share < bins[0].bar
    assert bins[-1].share > bins[-1].bar


def test_truth_is_the_share_of_carriers_who_exceed_the_bar_where_that_can_be_seen() -> None:
    rng = np.random.default_rng(3)
    customers = 3_000
    share = rng.beta(2.0, 2.0, customers)
    customer = np.repeat(np.arange(customers), 90)
    own = rng.random(len(customer)) < share[customer]
    day = np.where(np.tile(np.arange(90), customers) < 10, rng.integers(0, 1_000, len(customer)), 1_200)
    found = exceeding(carried(histories(customer, np.where(own, 0, 1), day, tags=1, customers=customers)))
    assert found.carriers > 2_500
    assert found.truth == pytest.approx(found.exceeds, abs=0.05)


def test_what_cannot_be_seen_is_not_told() -> None:
    history = histories(np.array([0, 0, 0, 1]), np.array([1, 0, 0, 1]), np.array([1, 2, 1_000, 4]), tags=1, customers=2)
    found = carried(history)
    assert (exceeding(found).carriers, len(found.tag)) == (0, 1)
    assert np.isnan(exceeding(found).truth)
    assert all(np.isnan(one.shares["truth"]) for one in orders(found, everyone=False))

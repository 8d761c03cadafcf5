"""The share of carriers who truly prefer is found though most preferences do not show."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.detected_share import DetectedShare
from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.tag_quality.measure import measure
from recommender.tag_quality.repeats import Repeats
from recommender.tag_quality.spread_of_rates import USUAL
from recommender.tag_quality.visibility import Visibility
from recommender.training_data import Bools, Floats, Ints
from tests.unit.recommender.tag_world import AS_OF, evidence_of

SINCE = 300
NOTHING = Covered(*np.zeros((3, 0), np.int64))


def lively(share: float, rate: float, customers: int = 6_000) -> tuple[Purchased, Ints, Bools]:
    """Signs of category 0 at `rate` in 700 days by those who prefer it: a `share` of the carriers, one in ten else."""
    rng = np.random.default_rng(9)
    tagged = np.arange(customers) < customers // 4
    prefers = rng.random(customers) < np.where(tagged, share, 0.1)
    own = rate * rng.gamma(USUAL, 1 / USUAL, customers)
    customer = np.repeat(np.arange(customers), rng.poisson(np.where(prefers, own, 0.0)))
    day = rng.integers(SINCE, AS_OF, len(customer))
    assigned = np.where(tagged, rng.integers(SINCE, AS_OF - 100, customers), NEVER)
    first = Purchased(np.zeros(1, np.int64), np.ones(1, np.int64), np.array([SINCE]), np.ones(1))
    bought = Purchased(
        np.append(customer, first.customer),
        np.append(np.zeros_like(customer), first.category),
        np.append(day, first.day),
        np.ones(len(day) + 1),
    )
    return bought, assigned, tagged


def alone(signs: Signs, assigned: Ints) -> DetectedShare:
    """What is found where there is one tag only."""
    visible = Visibility.of(Repeats.of(signs, np.full(len(assigned), NEVER), NOTHING), USUAL, float("inf"))
    seen = visible.carriers(signs, NOTHING, assigned, assigned != NEVER)[None, None]
    return DetectedShare.of(seen, np.array([visible.repeats]), np.ones(1))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("rate", [1.0, 4.0])
def test_the_estimate_is_the_share_however_rarely_a_preference_shows(share: float, rate: float) -> None:
    bought, assigned, _ = lively(share, rate)
    world = evidence_of(customers=6_000, claims=[[0]], assigned=assigned[:, None], purchases=bought)
    found = alone(Signs.of(world).within(world.claims[0]), assigned)
    assert found.share[0, 0] == pytest.approx(share, abs=max(0.1, 3 * found.variance[0, 0] ** 0.5))


def of_tags(truth: Floats, preferring: Floats, told: Floats) -> Floats:
    """The raw shares of tags whose carriers truly show with a chance `preferring` where repeaters say `told`."""
    seen = np.column_stack([np.full(len(truth), 1e4), 1e4 * truth * preferring, 1e4 * told, np.zeros(len(truth))])
    return DetectedShare.of(seen[:, None], np.full(len(truth), 1e4), np.ones(len(truth))).share[:, 0]


def test_repeaters_who_mislead_the_more_the_rarer_a_preference_shows_are_seen_through() -> None:
    rng = np.random.default_rng(5)
    truth, preferring = rng.uniform(0.15, 0.95, 80), np.exp(rng.uniform(np.log(0.2), np.log(0.6), 80))
    told = 0.4 * (preferring / 0.4) ** 2
    mended = of_tags(truth, preferring, told)
    assert np.corrcoef(mended, truth)[0, 1] > 0.9 > np.corrcoef(truth * preferring / told, truth)[0, 1]


def test_repeaters_who_tell_the_truth_are_left_nearly_as_they_are() -> None:
    rng = np.random.default_rng(6)
    truth, preferring = rng.uniform(0.15, 0.95, 80), np.exp(rng.uniform(np.log(0.2), np.log(0.6), 80))
    assert of_tags(truth, preferring, preferring) == pytest.approx(truth, rel=0.2)


def test_what_shows_without_a_preference_is_no_sign_of_it() -> None:
    seen = np.array([[[100.0, 20.0, 60.0, 10.0]]])
    assert DetectedShare.of(seen, np.array([50.0]), np.ones(1)).share[0, 0] == pytest.approx(0.2)


def test_a_tag_that_shows_by_chance_as_often_is_unknown_and_takes_nothing_from_the_others() -> None:
    seen = np.array([[[100.0, 20.0, 60.0, 10.0]], [[100.0, 30.0, 50.0, 5.0]], [[100.0, 90.0, 70.0, 80.0]]])
    found = DetectedShare.of(seen, np.full(3, 50.0), np.ones(3))
    assert np.array_equal(found.share[:2], DetectedShare.of(seen[:2], np.full(2, 50.0), np.ones(2)).share)
    assert np.isnan(found.share[2, 0])
    assert not np.isnan(found.shrunk(np.ones(3))[0][:2]).any()


def test_a_tag_of_few_carriers_is_drawn_to_the_others() -> None:
    raw = DetectedShare(np.array([[0.9], [0.2], [0.4], [1.0]]), np.array([[1e-4], [1e-4], [1e-4], [0.5]]))
    mean, low, high = raw.shrunk(np.ones(4))
    assert mean[0, 0] == pytest.approx(0.9, abs=0.01)
    assert mean[3, 0] < 0.75
    assert high[3, 0] - low[3, 0] > high[0, 0] - low[0, 0]


def test_an_aversion_is_true_of_those_who_do_not_prefer() -> None:
    raw = DetectedShare(np.array([[0.2]]), np.array([[1e-6]]))
    assert raw.shrunk(np.array([-1.0]))[0][0, 0] == pytest.approx(0.8, abs=0.01)


def test_looks_count_as_much_as_purchases() -> None:
    bought, assigned, _ = lively(0.6, 4.0)
    world = evidence_of(customers=6_000, claims=[[0]], assigned=assigned[:, None], purchases=bought)
    looked = evidence_of(customers=6_000, claims=[[0]], assigned=assigned[:, None], looks=bought)
    assert measure(looked).truthfulness[0, 0] == measure(world).truthfulness[0, 0]
    assert measure(looked).n[0, 0] == 0  # the customers' own measures know purchases alone


def test_without_repeats_nothing_is_told() -> None:
    world = evidence_of(customers=3, claims=[[0]], assigned=np.full((3, 1), 500))
    found = alone(Signs.of(world).within(world.claims[0]), np.full(3, 500))
    assert np.isnan(found.share).all()
    assert np.isnan(found.variance).all()

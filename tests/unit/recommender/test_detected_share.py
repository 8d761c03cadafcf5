"""The share of carriers who truly prefer is found though most preferences do not show."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.detected_share import UNLIKE, DetectedShare
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
    assert found.share[0, 0] == pytest.approx(share, abs=max(0.1, 3 * share**0.5 * found.gain[0, 0] ** -0.5))


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
    assert not np.isnan(found.believed(np.ones(3))[0][:2]).any()


def of_followed(rows: list[tuple[float, float, float, float]], polarity: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """Mean and interval of tags whose repeats leave nothing open: followed, shown, if all prefer, by chance."""
    found = DetectedShare.of(np.array(rows)[:, None], np.full(len(rows), 1e9), np.full(len(rows), polarity))
    mean, low, high = found.believed(np.full(len(rows), polarity))
    return mean[:, 0], low[:, 0], high[:, 0]


def test_a_tag_of_few_carriers_is_drawn_to_the_others() -> None:
    many, few = 1e5, 8.0
    mean, low, high = of_followed(
        [
            (size, part * size * 0.4, size * 0.4, 0.0)
            for size, part in ((many, 0.6), (many, 0.2), (many, 0.4), (few, 1.0))
        ]
    )
    assert mean[1] == pytest.approx(0.2, abs=0.05)
    assert mean[3] < 0.8
    assert high[3] - low[3] > high[1] - low[1]


def test_shares_are_told_rightly_in_the_mean_though_none_is_above_1_and_raw_ones_are() -> None:
    rng = np.random.default_rng(12)
    truth, gain = rng.uniform(0.1, 1.0, 4_000), rng.uniform(40, 150, 4_000)
    shown = rng.poisson(gain * truth * np.maximum(1 + UNLIKE * rng.standard_normal(len(truth)), 0) + 0.1 * gain)
    raw = DetectedShare((shown / gain - 0.1)[:, None], gain[:, None], 0.1 * gain[:, None], np.zeros((len(gain), 1)))
    mean, low, high = (one[:, 0] for one in raw.believed(np.ones(len(truth))))
    over = raw.share[:, 0] > 1
    assert mean.mean() == pytest.approx(truth.mean(), abs=0.01)
    assert mean[over].mean() == pytest.approx(truth[over].mean(), abs=0.03)
    assert truth[over].mean() < 0.9
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.95, abs=0.01)


def test_an_aversion_is_true_of_those_who_do_not_prefer() -> None:
    assert of_followed([(1e6, 8e4, 4e5, 0.0)], polarity=-1.0)[0][0] == pytest.approx(0.8, abs=0.03)


def test_an_aversion_whose_carriers_show_less_than_chance_is_not_told_as_certain() -> None:
    mean, low, high = of_followed([(1000.0, 30.0, 300.0, 50.0)], polarity=-1.0)
    assert 0.9 < mean[0] < 0.98
    assert low[0] < 0.92 < high[0] < 1


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
    assert all(np.isnan(one).all() for one in found.believed(np.ones(1)))

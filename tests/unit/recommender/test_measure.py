"""What is measured on planted preferences is what was planted, and the shelf cannot confirm itself."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from recommender.tag_quality.evidence import NEVER, Evidence, Held, Purchased
from recommender.tag_quality.measure import MEASURES, Measurement, measure
from recommender.tag_quality.net_new_money import Movements
from recommender.tag_quality.quality import Quality
from recommender.tag_quality.spread_of_rates import USUAL
from tests.unit.recommender.tag_world import AS_OF, evidence_of, planted


def shuffled(evidence: Evidence) -> Evidence:
    order = np.random.default_rng(1).permutation(len(evidence.purchases.day))
    bought = evidence.purchases
    columns = (bought.customer, bought.category, bought.day, bought.weight)
    return replace(evidence, purchases=Purchased(*(column[order] for column in columns)))


def test_truthfulness_is_the_share_of_carriers_whose_preference_is_real() -> None:
    for taste in ((0.3, 3.0), (0.6, 3.4), (2.0, 3.0)):
        admitted, _, prefers = planted(3, taste=taste)
        found = measure(admitted)
        assert found.truthfulness[0, 0] == pytest.approx(prefers, abs=0.05)
        assert found.truthfulness_low[0, 0] < found.truthfulness[0, 0] < found.truthfulness_high[0, 0]


def test_the_shelf_cannot_confirm_its_own_tag() -> None:
    unlifted = measure(planted(5, lift=0.0)[0]).truthfulness[0, 0]
    admitted, every, prefers = planted(5, lift=0.6)
    honest, naive = measure(admitted).truthfulness[0, 0], measure(every).truthfulness[0, 0]
    assert honest == pytest.approx(prefers, abs=0.05)
    assert honest == pytest.approx(unlifted, abs=0.05)
    assert naive > prefers + 0.2


def test_carriers_whom_the_service_took_a_tag_from_stay_in_its_truthfulness_and_durability() -> None:
    rng, customers = np.random.default_rng(6), 6_000
    preferring = np.arange(customers) % 4 == 0
    signs = np.where(preferring, 3.0 * rng.gamma(USUAL, 1 / USUAL, customers), 0.1)
    customer = np.repeat(np.arange(customers), rng.poisson(signs))
    day = rng.integers(200, AS_OF, len(customer))
    bought = Purchased(customer, np.zeros_like(customer), day, np.ones(len(customer)))
    given = np.where(np.arange(customers) % 4 < 2, 600, NEVER)  # right of one in two
    again = np.bincount(bought.customer[bought.day > 600], minlength=customers) > 0
    failed = np.flatnonzero((given != NEVER) & ~again)
    left = np.where(np.isin(np.arange(customers), failed), NEVER, given)
    lapsed = np.column_stack([failed, np.zeros_like(failed), given[failed]])
    whole = evidence_of(customers=customers, claims=[[0]], assigned=given[:, None], purchases=bought)
    survivors = replace(whole, assigned=left[:, None])
    honest = replace(survivors, lapsed=lapsed)
    told = [measure(one) for one in (whole, survivors, honest)]
    truth, lasting = ([getattr(one, name)[0, 0] for one in told] for name in ("truthfulness", "durability"))
    assert truth[0] == pytest.approx(0.5, abs=0.1)
    assert truth[1] > truth[0] + 0.2
    assert (truth[2], lasting[2]) == (truth[0], lasting[0])


def test_the_order_of_the_evidence_changes_nothing() -> None:
    evidence = planted(7, customers=1_500)[0]
    one, other = measure(evidence), measure(shuffled(evidence))
    for name in MEASURES:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.customer_quality, other.customer_quality, rtol=0, atol=1e-9)


def test_only_what_followed_the_assignment_is_evidence() -> None:
    bought = Purchased(np.zeros(3, np.int64), np.array([0, 0, 1]), np.array([399, 400, 401]), np.ones(3))
    found = measure(evidence_of(customers=1, claims=[[0]], assigned=np.array([[400]]), purchases=bought))
    assert (found.n[0, 0], found.followed[0, 0], found.precision[0, 0]) == (1.0, 1.0, 0.0)


def test_an_aversion_is_true_where_its_category_is_avoided() -> None:
    rng = np.random.default_rng(2)
    customer = np.repeat(np.arange(800), 12)
    avoids = customer < 300
    category = np.where(rng.random(len(customer)) < np.where(avoids, 0.01, 0.4), 0, 1)
    bought = Purchased(customer, category, np.full(len(customer), 900), np.ones(len(customer)))
    assigned = np.where(np.arange(800) < 300, 500, NEVER)[:, None]
    world = evidence_of(customers=800, claims=[[0]], assigned=assigned, purchases=bought, polarity=[-1.0])
    assert measure(world).truthfulness[0, 0] > 0.9
    assert measure(replace(world, polarity=np.array([1.0]))).truthfulness[0, 0] < 0.1


def test_task_purchases_cannot_raise_truth_more_than_organic_ones() -> None:
    evidence = planted(11, customers=2_000)[0]
    bought = evidence.purchases
    paid = (bought.category == 0) & (evidence.assigned[bought.customer, 0] != NEVER)
    weak = replace(evidence, purchases=replace(bought, weight=np.where(paid, 0.3, 1.0)))
    assert measure(weak).truthfulness[0, 0] < measure(evidence).truthfulness[0, 0]


def test_a_tag_that_claims_a_whole_family_competes_with_all_categories() -> None:
    evidence = planted(13, customers=2_000)[0]
    whole = replace(evidence, family=np.array([0, 1, 1, 1]))
    found = measure(whole)
    assert found.truthfulness[0, 0] < 0.9


def test_the_customers_quality_is_drawn_to_that_of_the_stage() -> None:
    found = measure(planted(17)[0])
    stage = found.quality[0, 3]
    assert found.quality[0, 0] == pytest.approx(stage, rel=1e-9)  # one stage: nothing to draw it to
    assert np.isnan(found.quality[0, 1]) or found.quality[0, 1] == pytest.approx(found.quality[0, 0])
    assert found.customer_quality.std() > 0
    assert Quality.shrunk(1.0, 0.0, stage).quality == stage


def empty(found: Measurement) -> bool:
    return not len(found.customer) and np.isnan(found.quality).all()


def test_nothing_is_measured_where_nothing_is_known() -> None:
    nobody = evidence_of(customers=0, claims=[[0], []], assigned=np.empty((0, 2), np.int64))
    assert empty(measure(nobody))
    assert empty(measure(evidence_of(customers=0, claims=[], assigned=np.empty((0, 0), np.int64))))
    carriers = evidence_of(customers=3, claims=[[0], []], assigned=np.full((3, 2), 500))
    found = measure(carriers)
    assert empty(found)
    assert found.tagged.tolist() == [[3, 0, 0, 3], [3, 0, 0, 3]]


def test_memory_grows_with_the_columns_and_not_with_customers_times_tags_times_events() -> None:
    rng = np.random.default_rng(4)
    customers, tags, count = 2_000, 24, 40_000
    bought = Purchased(*(rng.integers(0, top, count) for top in (customers, 4, AS_OF)), np.ones(count))
    held = Held(*(rng.integers(0, top, 8_000) for top in (customers, 4, AS_OF)), np.full(8_000, -1))
    assigned = np.where(rng.random((customers, tags)) < 0.1, 300, NEVER).astype(np.int32)
    world = evidence_of(
        customers=customers, claims=[[n % 4] for n in range(tags)], assigned=assigned, purchases=bought, held=held
    )
    tracemalloc.start()
    measure(world)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 2**20


def funded(*moves: tuple[int, int, int, int]) -> Movements:
    """From (customer, category, day, amount)."""
    return Movements(*(np.array(column, dtype=np.int64) for column in zip(*moves, strict=True)))


class TestNewMoney:
    """Twenty customers put a tenth of their new money into category 0; the ten carriers' share differs."""

    ASSIGNED = np.where(np.arange(30) < 10, 800, NEVER)[:, None]

    def concentration(self, share: int, day: int = 900, **changed: np.ndarray) -> float:
        peers = [(who, category, 900, 10 if not category else 90) for who in range(10, 30) for category in (0, 1)]
        own = [(who, category, day, share if not category else 100 - share) for who in range(10) for category in (0, 1)]
        money = funded(*peers, *own)
        world = evidence_of(customers=30, claims=[[0]], assigned=self.ASSIGNED, money=money)
        return float(measure(replace(world, **changed)).concentration[0, 0])

    def test_money_that_goes_where_the_tag_says_makes_it_unique(self) -> None:
        assert self.concentration(10) == pytest.approx(0.5)
        assert self.concentration(50) > 0.7
        assert self.concentration(1) < self.concentration(10)

    def test_money_before_the_assignment_tells_nothing(self) -> None:
        assert self.concentration(50, day=800) == self.concentration(90, day=700) == 0.5

    def test_a_tag_that_claims_a_whole_family_is_held_against_all_money(self) -> None:
        assert self.concentration(50, family=np.array([0, 1, 1, 1])) == self.concentration(50)

    def test_money_that_did_not_come_from_outside_is_not_new(self) -> None:
        assert self.concentration(50, external=np.where(np.arange(30) < 10, -5.0, np.nan)) == 0.5

    def test_uniqueness_is_made_of_the_carriers_money_together(self) -> None:
        """A quarter of the carriers puts all there, the others nothing: the mean of their own ℓ stays below ½."""
        peers = [(who, category, 900, 1 if not category else 99) for who in range(40, 140) for category in (0, 1)]
        money = funded(*peers, *((who, int(who % 4 > 0), 900, 100) for who in range(40)))
        assigned = np.where(np.arange(140) < 40, 800, NEVER)[:, None]
        found = measure(evidence_of(customers=140, claims=[[0]], assigned=assigned, money=money))
        assert found.concentration[0, 0] > 0.8
        assert found.uniqueness[0, 0] == pytest.approx(
            np.cbrt(found.rarity[0, 0] * (1 - found.redundancy[0, 0]) * found.concentration[0, 0])
        )

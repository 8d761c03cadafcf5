from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.tag_quality.evidence import NEVER, Purchased
from service.study.corruption import FRESH_DAYS, corrupted, mixed_up
from service.study.truth_bank import TruthBank
from tests.unit.service.study.truth import CARRIERS, small


def test_wrong_tags_stand_with_others_on_the_same_days_and_the_rest_stays() -> None:
    bank = small()
    broken = mixed_up(bank, np.array([1]), np.random.default_rng(0))
    before, after = bank.data.tags, broken.tags
    wrong = before.tag == 1
    assert (after.customer[~wrong] == before.customer[~wrong]).all()
    assert (after.customer[wrong] != before.customer[wrong]).mean() > 0.9
    assert len(np.unique(after.customer[wrong])) == wrong.sum()  # nobody carries it twice
    assert np.isin(after.customer, CARRIERS).all()
    for column in ("tag", "assigned", "removed", "affinity"):
        assert (getattr(after, column) == getattr(before, column)).all()


def test_quality_is_measured_on_the_very_customers_who_then_carry_the_tag() -> None:
    bank = small()
    broken = mixed_up(bank, np.array([0]), np.random.default_rng(0))
    own = broken.tags.tag == 0
    seen = dict(zip(broken.tags.customer[own].tolist(), broken.tags.assigned[own].tolist(), strict=True))
    again = mixed_up(bank, np.array([0]), np.random.default_rng(0))
    assert again.quality.tolist() == broken.quality.tolist()
    assert len(seen) == (bank.evidence.assigned[:, 0] != NEVER).sum()


def test_fresh_wrong_tags_are_all_of_one_day() -> None:
    bank = small()
    broken = mixed_up(bank, np.array([1]), np.random.default_rng(0), since=bank.data.as_of - 9)
    wrong = broken.tags.tag == 1
    assert set(broken.tags.assigned[wrong].tolist()) == {bank.data.as_of - 9}
    assert (broken.tags.assigned[~wrong] == bank.data.tags.assigned[~wrong]).all()


def test_half_of_the_tags_that_claim_something_go_wrong() -> None:
    assert len(corrupted(small(), 0.5, 1).wrong) == 1
    assert set(corrupted(small(), 1.0, 1).wrong.tolist()) == {0, 1}
    assert corrupted(small(), 0.0, 1).tags.customer.tolist() == small().data.tags.customer.tolist()


def telling() -> TruthBank:
    """The small bank where carriers, and hardly anybody else, buy what their tags claim, and many never carry one."""
    bank, rng = small(), np.random.default_rng(8)
    evidence, end = bank.evidence, bank.evidence.as_of
    carried = rng.random((evidence.customers, 3)) < 0.4
    assigned = np.where(carried, end - 250, NEVER).astype(np.int32)
    rate = np.where(carried[:, :2], 3.0, 0.1)
    count = rng.poisson(rate)
    customer, category = np.repeat(np.indices(count.shape).reshape(2, -1), count.ravel(), axis=1)
    bought = Purchased(customer, category, end - rng.integers(0, 300, len(customer)), np.ones(len(customer)))
    return replace(bank, evidence=replace(evidence, assigned=assigned, purchases=bought))


def test_a_wrong_tag_is_retired_and_a_right_one_keeps_its_quality() -> None:
    bank = telling()
    right = corrupted(bank, 0.0, 1).quality
    broken = mixed_up(bank, np.array([1]), np.random.default_rng(2))
    assert (right[:2] > 0).all()
    assert broken.quality[0] > 0
    assert broken.quality[1] == 0


def test_a_wrong_tag_that_is_only_weeks_old_still_counts() -> None:
    bank = telling()
    since = bank.evidence.as_of - FRESH_DAYS
    assert mixed_up(bank, np.array([1]), np.random.default_rng(2), since).quality[1] == 0
    assert mixed_up(bank, np.array([1]), np.random.default_rng(2), since + 14).quality[1] > 0

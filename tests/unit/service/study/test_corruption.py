from __future__ import annotations

import numpy as np

from recommender.tag_quality.evidence import NEVER
from service.study.corruption import corrupted, mixed_up
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

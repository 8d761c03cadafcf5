from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.training_data import Tags
from service.study.corruption import FRESH_DAYS, corrupted, mixed_up
from service.study.provider_errors import Error, sprayed, upside_down
from service.study.truth_bank import TruthBank
from tests.unit.service.study.truth import CARRIERS, small


def in_order(tags: Tags) -> Tags:
    """By tag, and by what stays of each row."""
    return tags.where(np.lexsort((tags.affinity, tags.assigned, tags.tag)))


def test_wrong_tags_stand_with_others_on_the_same_days_and_the_rest_stays() -> None:
    bank = small()
    broken = mixed_up(bank, np.array([1]), np.random.default_rng(0))
    before, after = in_order(bank.data.tags), in_order(broken.tags)
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
    others = bank.data.tags.where(bank.data.tags.tag != 1)
    assert broken.tags.assigned[~wrong].tolist() == others.assigned.tolist()


def carried(bank: TruthBank, error: Error) -> tuple[list[int], list[int]]:
    """Who carries tag 1 before and after it went wrong, a person as often as a row."""
    before, after = bank.data.tags, mixed_up(bank, np.array([1]), np.random.default_rng(0), error=error).tags
    return sorted(before.customer[before.tag == 1].tolist()), sorted(after.customer[after.tag == 1].tolist())


def test_a_sprayed_tag_stays_with_those_who_had_it_and_comes_to_others_once() -> None:
    before, after = carried(small(), sprayed)
    assert set(before) < set(after)
    assert len(after) == len(set(after))


def test_the_carriers_of_a_tag_turned_upside_down_prefer_least_what_it_claims() -> None:
    bank = small()
    preferred = bank.preference[:, bank.category == 1].max(axis=1)
    wished = np.argsort(-preferred[CARRIERS])
    few = replace(bank.evidence, assigned=np.full_like(bank.evidence.assigned, NEVER))
    few.assigned[wished[:20], 1] = bank.evidence.as_of - 30
    rows = Tags(
        CARRIERS[wished[:20]], np.ones(20, np.int64), few.assigned[wished[:20], 1], np.full(20, -1), np.ones(20)
    )
    bank = replace(bank, evidence=few, data=replace(bank.data, tags=rows))
    _, after = carried(bank, upside_down)
    assert sorted(preferred[after].tolist()) == sorted(preferred[CARRIERS])[:20]


def test_half_of_the_tags_that_claim_something_go_wrong() -> None:
    assert len(corrupted(small(), 0.5, 1).wrong) == 1
    assert set(corrupted(small(), 1.0, 1).wrong.tolist()) == {0, 1}
    assert in_order(corrupted(small(), 0.0, 1).tags).customer.tolist() == in_order(small().data.tags).customer.tolist()


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

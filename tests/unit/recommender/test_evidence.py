"""Rows with histories cut short, and what a score is worth on them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from recommender.blending import final_stage
from recommender.evidence import FEWEST, PLAIN, Evidence, evidence_rows
from recommender.first_stage import StageSettings
from recommender.interactions import HalfLives, Items
from recommender.points import CustomerDays, bought_in
from recommender.ranker import LISTING
from recommender.ranking_rows import TRUNCATED, Sample, truncations
from recommender.states import Histories
from tests.unit.recommender.bank import AS_OF, bank_of_tastes

DATA = bank_of_tastes(customers=400, count=16_000)
ITEMS = Items.of(DATA.events, DATA.spells)
HISTORIES = Histories.of(DATA, ITEMS)


@cache
def of_buyers() -> Evidence:
    early = DATA.until(AS_OF - 30)
    stage = final_stage(early, ITEMS, StageSettings(None, HalfLives()))
    days = CustomerDays.of(DATA.events, ITEMS, AS_OF - 29, AS_OF).newest()
    sample = Sample.after(days, bought_in(DATA.events, ITEMS, days, days=1))
    return evidence_rows(stage, HISTORIES, sample, (LISTING,), seed=0)[LISTING]


def test_so_many_of_the_newest_events_and_spells_are_kept() -> None:
    customers, days = np.arange(100), np.full(100, AS_OF)
    whole = HISTORIES.at(customers, days)
    count = np.bincount(whole.row, minlength=100) + np.bincount(whole.held_row, minlength=100)
    for most in (0, 1, 3, 50):
        cut = HISTORIES.at(customers, days, np.full(100, most))
        left = np.bincount(cut.row, minlength=100) + np.bincount(cut.held_row, minlength=100)
        assert left.tolist() == np.minimum(count, most).tolist()
        for row in range(0, 100, 7):
            own, kept = whole.age[whole.row == row], cut.age[cut.row == row]
            assert sorted(kept) == sorted(own)[: len(kept)]


def test_histories_are_cut_evenly() -> None:
    drawn = truncations(10_000, 0)
    assert set(drawn) == set(TRUNCATED)
    assert np.bincount(np.searchsorted(TRUNCATED, drawn)).min() > 1_500


def test_the_better_popularity_is_as_good_as_itself_and_the_other_one_is_not_better() -> None:
    found = of_buyers()
    curves = [found.curve(found.cut.feature(name)) for name in PLAIN]
    assert {point.events for point in curves[0]} == set(TRUNCATED)
    assert sum(point.rankings for point in curves[0]) == len(np.unique(found.cut.customer[found.cut.truth]))
    means = [[point.mean for point in curve] for curve in curves]
    better = next(place for place, own in enumerate(means) if not any(own))
    weighed = [point.mean * point.rankings for point in curves[1 - better]]
    assert sum(weighed) <= 0
    assert not any(point.below for point in curves[better])


def test_the_curve_tells_a_score_that_is_worse_than_popularity() -> None:
    few, many = of_buyers(), Evidence.joined([of_buyers()] * 4)
    curves = [one.curve(-np.maximum(*(one.cut.feature(name) for name in PLAIN))) for one in (few, many)]
    assert any(point.below for point in curves[1])
    assert {point.events for point in curves[0] if point.below} == {
        point.events for point in curves[0] if point.high < 0 and point.rankings >= FEWEST
    }


def test_groups_are_joined_one_after_the_other() -> None:
    one = of_buyers()
    both = Evidence.joined([one, one])
    assert len(both.kept) == 2 * len(one.kept)
    assert both.cut.customer.max() == len(one.kept) + one.cut.customer.max()
    twice = both.curve(both.cut.feature("popularity"))
    alone = one.curve(one.cut.feature("popularity"))
    assert [point.own for point in twice] == pytest.approx([point.own for point in alone])

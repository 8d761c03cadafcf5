"""The planner: what it tells of a base, of past days, and when it says that there is no hope."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.inference.plan import LONGEST_DAYS
from service.experiments.planning import Past, Reach, Wanted, past_of, planned


def test_a_small_lift_on_a_small_base_is_called_hopeless_with_its_size() -> None:
    plan = planned((None, "proportion"), (0.02, None), Wanted(0.05), daily=500)
    assert plan.need.per_arm == pytest.approx(313_600, rel=0.01)
    assert plan.verdict == "hopeless"
    assert [said.code for said in plan.says] == ["size", "hopeless"]
    assert f"{plan.need.per_arm:,}" in plan.says[0].en
    assert f"{plan.need.per_arm:,}" in plan.says[0].zh


def test_days_are_whole_weeks_and_looking_at_any_time_costs_days() -> None:
    need = planned((None, "proportion"), (0.1, None), Wanted(0.2), daily=300).need
    assert need.days is not None
    assert need.days_any_time is not None
    assert need.days % 7 == need.days_any_time % 7 == 0
    assert 2 * need.per_arm / 300 <= need.days < 2 * need.per_arm / 300 + 7
    assert need.cost_days == need.days_any_time - need.days
    assert need.cost_days > 0


def test_half_the_coverage_takes_twice_the_days_and_a_window_adds_its_own() -> None:
    whole = planned((None, "proportion"), (0.1, None), Wanted(0.2), daily=110).need.days
    half = planned((None, "proportion"), (0.1, None), Wanted(0.2, coverage=0.5), daily=110).need.days
    late = planned((None, "proportion"), (0.1, None), Wanted(0.2, window_days=28), daily=110).need.days
    assert whole is not None
    assert half is not None
    assert abs(half - 2 * whole) <= 7
    assert late == whole + 28


def test_without_a_pace_there_are_no_days_and_no_verdict() -> None:
    plan = planned((None, "proportion"), (0.1, None), Wanted(0.2))
    assert (plan.need.days, plan.verdict, plan.daily) == (None, None, None)


def test_customers_come_as_they_did_and_then_at_the_pace_of_the_last_half() -> None:
    reach = Reach((60, 80, 90, 100))
    assert reach.days(70) == 2
    assert reach.days(100) == 4
    assert reach.pace == 10
    assert reach.days(125) == 7
    assert Reach((60, 60, 60, 60)).days(61) is None


def test_what_the_past_foretells_makes_the_plan_shorter() -> None:
    chance = np.random.default_rng(3)
    before = chance.gamma(2.0, 1.0, 4_000)
    values = before + chance.normal(0.0, 0.5, 4_000)
    past = past_of((list(values), None, list(before)), ("a", "b"), tuple(range(100, 2_900, 100)))
    assert past is not None
    assert past.variance_left == pytest.approx(0.25 / 2.25, rel=0.15)
    plan = planned(("funds", "mean"), past, Wanted(0.02))
    assert plan.adjusted is not None
    assert plan.adjusted.per_arm < plan.need.per_arm * 0.2
    assert plan.customers == 4_000


def test_the_base_of_a_ratio_is_that_of_the_totals() -> None:
    past = past_of(([1.0, 0.0, 3.0], [4.0, 4.0, 8.0], None), ("a", "b"), (3,))
    assert past is not None
    assert past.base == pytest.approx(4 / 16)
    assert past_of(([0.0, 0.0], [0.0, 0.0], None), ("a", "b"), (2,)) is None
    assert past_of(([1.0], None, None), ("a", "b"), (1,)) is None


@pytest.mark.parametrize(
    ("base", "wanted", "daily", "field"),
    [
        (0.0, Wanted(0.1), 10, "base"),
        (0.1, Wanted(0.0), 10, "mde"),
        (0.6, Wanted(0.9), 10, "mde"),
        (0.1, Wanted(0.1, power=1.0), 10, "power"),
        (0.1, Wanted(0.1, coverage=0.0), 10, "coverage"),
        (0.1, Wanted(0.1), -1.0, "daily"),
    ],
)
def test_what_is_out_of_range_is_named(base: float, wanted: Wanted, daily: float, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        planned((None, "proportion"), (base, None), wanted, daily)


def test_a_plan_that_only_one_look_can_meet_is_called_slow() -> None:
    past = Past("a", "b", 100, 0.1, 0.3, None, (100,) * 2)
    need = planned((None, "proportion"), past, Wanted(0.2), daily=95).need
    assert need.days is not None
    assert need.days_any_time is not None
    assert need.days <= LONGEST_DAYS < need.days_any_time
    assert planned((None, "proportion"), past, Wanted(0.2), daily=95).verdict == "slow"

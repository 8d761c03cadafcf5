"""What is told of a policy, and what is refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommender.off_policy.direct import Expected, cross_fitted, mean_rewards
from recommender.off_policy.dr import dr
from recommender.off_policy.estimate import clustered
from recommender.off_policy.judged import judged, on_log
from recommender.off_policy.refusal import MIN_ESS, MIN_SUPPORTED, refusals
from recommender.off_policy.rows import LoggedRows
from recommender.off_policy.snips import snips
from recommender.off_policy.support import Support, effective_sample_size

LOGGED, CANDIDATE, CLICKED = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6]), np.array([0.1, 0.2, 0.4])
VALUE = float(CANDIDATE @ CLICKED)


def make_rows(number: int = 3_000, seed: int = 1, each: int = 3, **changes: Any) -> LoggedRows:
    """Draws of three actions, several a customer."""
    chance = np.random.default_rng(seed)
    action = chance.choice(3, number, p=LOGGED)
    rows = LoggedRows(
        customer=np.arange(number) // each,
        action=action,
        reward=(chance.random(number) < CLICKED[action]).astype(np.float64),
        logged=LOGGED[action],
        candidate=CANDIDATE[action],
        supported=np.ones(number),
        chances=csr_array(np.tile(CANDIDATE, (number, 1))),
    )
    return dataclasses.replace(rows, **changes)


def test_the_value_of_a_policy_that_was_never_live_lies_inside_both_intervals() -> None:
    told = judged(make_rows())
    assert told.refused == ()
    assert told.snips is not None
    assert told.dr is not None
    assert told.logged is not None
    assert told.lift is not None
    assert told.snips.low < VALUE < told.snips.high
    assert told.dr.low < VALUE < told.dr.high
    assert told.lift.low > 0
    assert told.lift.value == pytest.approx(told.snips.value - told.logged.value)


def test_judged_on_its_own_log_a_policy_is_worth_what_it_earned() -> None:
    rows = make_rows()
    same = dataclasses.replace(rows, candidate=rows.logged, chances=csr_array(np.tile(LOGGED, (len(rows), 1))))
    told = judged(same)
    assert told.snips == pytest.approx(told.logged, rel=1e-3)  # the quantile has other degrees of freedom
    assert told.support.ess == pytest.approx(len(rows))
    assert told.lift is not None
    assert (told.lift.value, told.lift.se) == pytest.approx((0, 0), abs=1e-12)


def test_many_rows_of_few_customers_leave_the_lift_few_degrees_of_freedom() -> None:
    rows = make_rows(3_000)
    few = dataclasses.replace(rows, customer=np.arange(3_000) % 12)
    told = judged(few)
    assert told.lift is not None
    assert told.snips is not None
    of_lift, of_snips = ((one.high - one.low) / one.se for one in (told.lift, told.snips))
    assert of_lift == pytest.approx(of_snips)
    assert of_lift > 2 * 2.15  # twice the quantile of Student's t at about 11 degrees of freedom, not of the normal


def test_a_false_model_of_rewards_makes_the_interval_wider_and_no_bias() -> None:
    rows = make_rows(20_000)
    true = dr(rows, Expected(CLICKED[rows.action], np.full(len(rows), VALUE)))
    false = dr(rows, Expected(np.full(len(rows), 0.9), np.full(len(rows), 0.9)))
    assert true.se < false.se
    assert true.low < VALUE < true.high
    assert false.low < VALUE < false.high


def test_the_model_of_a_customer_does_not_learn_from_this_customer() -> None:
    rows = make_rows(300)
    mine = rows.customer == 7
    other = dataclasses.replace(rows, reward=np.where(mine, 1 - rows.reward, rows.reward))
    before, after = cross_fitted(rows), cross_fitted(other)
    assert (before.of_logged[mine] == after.of_logged[mine]).all()
    assert (before.of_candidate[mine] == after.of_candidate[mine]).all()
    assert (before.of_candidate[~mine] != after.of_candidate[~mine]).any()


def test_an_action_that_was_never_seen_is_expected_to_be_like_all() -> None:
    means = mean_rewards(np.array([0, 0, 1]), np.array([1.0, 0.0, 0.0]), 3, prior_rows=0)
    assert means.tolist() == [0.5, 0.0, pytest.approx(1 / 3)]
    assert mean_rewards(np.zeros(0, np.int64), np.zeros(0), 2).tolist() == [0, 0]


def test_rows_of_one_customer_are_not_taken_for_many() -> None:
    rows = make_rows(2_000, each=1)
    twice = {
        name: np.repeat(getattr(rows, name), 2)
        for name in ("customer", "action", "reward", "logged", "candidate", "supported")
    }
    doubled = LoggedRows(**twice)
    assert snips(doubled).value == pytest.approx(snips(rows).value)
    assert snips(doubled).se == pytest.approx(snips(rows).se)


def test_the_error_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(3).random(50)
    told = clustered(values.mean(), (values - values.mean()) / 50, np.arange(50), 49)
    assert told.se == pytest.approx(values.std(ddof=1) / 50**0.5)
    assert (told.high - told.low) / told.se == pytest.approx(2 * 2.009575, rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"supported": np.full(3_000, MIN_SUPPORTED - 0.01)}, "low_support"),
        ({"logged": np.where(np.arange(3_000) == 5, 0.0, 0.4)}, "no_propensity"),
        ({"candidate": np.zeros(3_000)}, "no_overlap"),
        ({"logged": np.where(np.arange(3_000) == 5, 1e-4, 0.4)}, "one_row_dominates"),
    ],
)
def test_what_the_log_cannot_tell_is_refused(changes: dict[str, Any], code: str) -> None:
    told = judged(make_rows(**changes))
    assert code in [refusal.code for refusal in told.refused]
    assert all(refusal.text for refusal in told.refused)
    assert (told.snips, told.dr, told.logged, told.lift) == (None, None, None, None)


def test_an_effective_sample_below_the_limit_is_refused_and_at_the_limit_told() -> None:
    even = make_rows(int(MIN_ESS), candidate=np.full(int(MIN_ESS), 0.2), logged=np.full(int(MIN_ESS), 0.2))
    assert refusals(Support.of(even)) == ()
    fewer = make_rows(int(MIN_ESS) - 1, candidate=np.full(int(MIN_ESS) - 1, 0.2))
    assert [refusal.code for refusal in refusals(Support.of(fewer))] == ["low_ess"]


def test_without_a_row_the_slot_was_not_drawn() -> None:
    assert [refusal.code for refusal in judged(LoggedRows.of([], [], [])).refused] == ["deterministic_slot"]


def test_a_chance_of_nothing_where_the_policy_does_nothing_is_no_obstacle() -> None:
    rows = make_rows(logged=np.where(np.arange(3_000) == 5, 0.0, 0.4))
    still = dataclasses.replace(rows, candidate=np.where(rows.logged > 0, rows.candidate, 0.0))
    assert judged(still).refused == ()


def test_columns_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match="reward: one value a row"):
        make_rows(reward=np.zeros(2))
    with pytest.raises(ValueError, match="candidate: lies between 0 and 1"):
        make_rows(candidate=np.full(3_000, 1.5))


def test_the_sample_is_as_large_as_even_weights_would_make_it() -> None:
    assert effective_sample_size(np.array([1.0, 1.0, 0.0, 2.0])) == pytest.approx(16 / 6)
    assert effective_sample_size(np.zeros(3)) == 0
    assert on_log(make_rows(9)).value == pytest.approx(make_rows(9).reward.mean())

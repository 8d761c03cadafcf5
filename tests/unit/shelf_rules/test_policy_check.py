"""What the values of a policy must keep."""

from __future__ import annotations

from typing import Any

import pytest

from shelf_rules.policy import ELIGIBILITY, Policy
from shelf_rules.policy_check import BOUNDS, _numbers, check_policy
from shelf_rules.policy_load import PolicyError, load_policy
from shelf_rules.rule import CODES


def faults(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(document)
    return dict(caught.value.faults)


def test_the_default_policy_has_no_fault() -> None:
    assert list(check_policy(Policy())) == []


def test_every_number_of_a_policy_has_bounds_and_every_bound_a_number() -> None:
    campaign = {"key": "c", "products": ["p"], "starts_us": 1, "ends_us": 2}
    policy = load_policy({"campaigns": [campaign]})
    assert {pattern for _, pattern, _ in _numbers(policy, "", "")} == set(BOUNDS)


@pytest.mark.parametrize(
    ("document", "path", "says"),
    [
        ({"ranking": {"fixed": {"cf": -0.1}}}, "ranking.fixed.cf", "between 0 and 100"),
        ({"intent": {"half_life": 0}}, "intent.half_life", "above 0"),
        ({"wallet": {"kappa": 0}}, "wallet.kappa", "at least 1"),
        ({"thresholds": {"fixed": {"enter": 0.2}}}, "thresholds.fixed.leave", "above enter"),
        ({"thresholds": {"fixed": {"enter": 1.2}}}, "thresholds.fixed.enter", "between 0 and 1"),
        ({"fixed": {"keep_share": 0.6}}, "fixed.keep_share", "above what it takes to enter"),
        (
            {"quotas": {"value": {"fixed": 5}}},
            "quotas.value",
            "10 slots in the three tiers, but arrangement.slots is 9",
        ),
        ({"fixed": {"w_balance": 0.9}}, "fixed", "more than 1"),
        ({"wallet": {"shares": {"bank": {"a": 0.7, "b": 0.7}}}}, "wallet.shares.bank", "more than 1"),
        ({"transferable": {"pool_weights": [0, 0, 0]}}, "transferable.pool_weights", "all weights are 0"),
        ({"transferable": {"recent_categories": []}}, "transferable.recent_categories", "all weights are 0"),
        ({"arrangement": {"explore_eps": 0.6}}, "arrangement.explore_eps", "between 0 and 0.5"),
        ({"arrangement": {"explore_floor": 0.06}}, "arrangement.explore_floor", "above half of explore_eps"),
        ({"arrangement": {"candidates": 5}}, "arrangement.candidates", "fewer than arrangement.slots"),
        ({"holdout_share": 0.6}, "holdout_share", "between 0 and 0.5"),
        ({"tasks": {"migratable": ["purchase"]}}, "tasks.migratable[0]", "no task kind"),
        ({"tasks": {"transferable": ["learn", "learn"]}}, "tasks.transferable", "stands twice"),
        ({"eligibility": ["already_hold"]}, "eligibility[0]", "already_held"),
        ({"eligibility": ["already_held", "already_held"]}, "eligibility", "stands twice"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(document: dict[str, Any], path: str, says: str) -> None:
    found = faults(document)
    assert list(found) == [path]
    assert says in found[path]


def test_tasks_of_tier_fixed_cannot_be_named() -> None:
    assert "tasks.fixed" in faults({"tasks": {"fixed": ["learn"]}})


def test_weights_of_a_tier_are_not_all_zero() -> None:
    none = dict.fromkeys(("cf", "tag", "tier_score", "popularity"), 0)
    assert faults({"ranking": {"fixed": none}}) == {"ranking.fixed": "all weights are 0"}


@pytest.mark.parametrize("code", [code for code in CODES if code not in ELIGIBILITY])
def test_the_law_is_not_a_parameter(code: str) -> None:
    assert "the law is not a parameter" in faults({"eligibility": [code]})["eligibility[0]"]


def test_a_campaign_ends_after_it_starts_and_has_its_own_key() -> None:
    campaign = {"key": "c", "products": ["p"], "starts_us": 5, "ends_us": 5}
    assert faults({"campaigns": [campaign]}) == {"campaigns[0].ends_us": "not after starts_us"}
    twice = {"key": "c", "products": ["p"]}
    assert faults({"campaigns": [twice, twice]}) == {"campaigns": "a name stands twice"}

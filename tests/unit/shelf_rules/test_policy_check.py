"""What the values of a policy must keep."""

from __future__ import annotations

from typing import Any

import pytest

from shelf_rules.policy import ELIGIBILITY, Policy
from shelf_rules.policy_bounds import BOUNDS, numbers
from shelf_rules.policy_check import check_policy
from shelf_rules.policy_load import PolicyError, load_policy
from shelf_rules.rule import CODES


def faults(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(document)
    return dict(caught.value.faults)


def test_the_default_policy_has_no_fault() -> None:
    assert list(check_policy(Policy())) == []


def test_every_number_of_a_policy_has_bounds_and_every_bound_a_number() -> None:
    begins, ends = {"from": "2026-11-24T00:00:00Z"}, {"until": "2026-12-24T00:00:00Z"}
    campaign = {"key": "c", "products": ["p"], **begins, **ends}
    span, share = {"at_least": 10, "below": 20}, {"at_least": 0.1, "below": 0.9}
    when = {
        **dict.fromkeys(("age", "tenure_days", "quiet_days", "held_zones"), span),
        "aum": {"at_least": 1000, "below": 2000},
        "weekday": [1],
        "not": {"tag": {"tag": "x", "affinity": share, "quality": share}},
        "any": [{"did": {"kinds": ["search"]}}, {"bought": {}}],
    }
    funds = {"zones": ["fund"], "grades": [1]}
    then = {
        "pin": {"product": "p"},
        "boost": {"select": funds, "by": 0.1},
        "bury": {"select": {"zones": ["gold"]}, "by": 0.1},
        "cap": {"select": funds, "at_most": 1},
    }
    rule = {"name": "r", "when": when, "then": then, **begins, **ends}
    policy = load_policy({"campaigns": [campaign], "rules": [rule]})
    assert {pattern for _, pattern, _ in numbers(policy, "", "")} == set(BOUNDS)


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
        ({"fixed": {"w_balance": 0.9}}, "fixed", "at most 1 in sum"),
        ({"wallet": {"shares": {"bank": {"a": 0.7, "b": 0.7}}}}, "wallet.shares.bank", "at most 1 in sum"),
        ({"transferable": {"pool_weights": [0, 0, 0]}}, "transferable.pool_weights", "all weights are 0"),
        ({"transferable": {"recent_categories": []}}, "transferable.recent_categories", "all weights are 0"),
        (
            {"arrangement": {"explore": {"fixed": {"eps": 0.6}}}},
            "arrangement.explore.fixed.eps",
            "between 0 and 0.5",
        ),
        (
            {"arrangement": {"explore_floor": 0.06}},
            "arrangement.explore.transferable.eps",
            "at least twice explore_floor, 0.12",
        ),
        ({"arrangement": {"candidates": 5}}, "arrangement.candidates", "fewer than arrangement.slots"),
        ({"holdout_share": 0.6}, "holdout_share", "between 0 and 0.5"),
        ({"tasks": {"migratable": ["purchase"]}}, "tasks.migratable[0]", "no task kind"),
        ({"tasks": {"transferable": ["learn", "learn"]}}, "tasks.transferable[1]", "stands twice"),
        ({"eligibility": ["already_hold"]}, "eligibility[0]", "already_held"),
        ({"eligibility": ["already_held", "already_held"]}, "eligibility[1]", "stands twice"),
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
    assert faults({"ranking": {"fixed": none}}) == {"ranking.fixed": "all weights are 0: write at least one above 0"}


@pytest.mark.parametrize("code", [code for code in CODES if code not in ELIGIBILITY])
def test_the_law_is_not_a_parameter(code: str) -> None:
    assert "the law is not a parameter" in faults({"eligibility": [code]})["eligibility[0]"]


def test_a_campaign_ends_after_it_starts_and_has_its_own_key() -> None:
    at = "2026-11-24T00:00:00Z"
    found = faults({"campaigns": [{"key": "c", "products": ["p"], "from": at, "until": at}]})
    assert found == {"campaigns[0].until": f"{at} is not after from, {at}: write a later time"}
    twice = {"key": "c", "products": ["p"]}
    found = faults({"campaigns": [twice, twice]})
    assert found == {"campaigns[1].key": "'c' is the name of campaigns[0]: write another one"}


def test_a_policy_has_so_many_rules_and_segments_at_the_most() -> None:
    rules = [
        {"name": f"r{number}", "when": {"region": [str(number)]}, "then": {"tasks": False}} for number in range(201)
    ]
    assert faults({"rules": rules}) == {"rules": "201 rules are too many: write at most 200"}
    assert len(load_policy({"rules": rules[:200]}).rules) == 200
    segments = [{"name": f"s{number}", "when": {"age": {"below": 30}}} for number in range(51)]
    assert faults({"segments": segments}) == {"segments": "51 segments are too many: write at most 50"}


def test_of_very_many_faults_the_first_are_told_and_that_there_are_more() -> None:
    unknown = {f"key{number}": 1 for number in range(900)}
    with pytest.raises(PolicyError) as caught:
        load_policy(unknown)
    assert len(caught.value.faults) == 201
    assert caught.value.faults[-1] == ("", "there are more faults: mend these first")
    regions = [
        {"name": f"r{number}", "when": {"region": ["a b"] * 9}, "then": {"tasks": False}} for number in range(99)
    ]
    assert len(faults({"rules": regions})) == 201
    assert len(faults({f"key{number}": 1 for number in range(1001)})) == 1


def test_a_campaign_runs_in_channels_that_there_are() -> None:
    campaign = {"key": "c", "products": ["p"], "channels": ["in_ap"]}
    assert faults({"campaigns": [campaign]}) == {
        "campaigns[0].channels[0]": "'in_ap' is no channel; did you mean 'in_app'?"
    }


def test_conditions_are_counted_in_all_rules_and_in_all_segments() -> None:
    one = {"any": [{"channel": ["in_app"]}] * 99}
    rules = [{"name": f"r{at}", "when": one, "then": {"tasks": False}} for at in range(11)]
    segments = [{"name": f"s{at}", "when": one} for at in range(11)]
    for part, value in (("rules", rules), ("segments", segments)):
        assert faults({part: value})[part] == "1100 conditions are too many: write at most 1000 in all"


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("-inf"), float("nan"), 2**53 + 1])
def test_a_number_beyond_all_measure_is_a_fault_like_any_other(number: float) -> None:
    for document in ({"arrangement": {"category_cap": number}}, {"unmeasured_quality": number}):
        assert len(faults(document)) == 1

"""Rules that may stand beside each other, and those that may not."""

from __future__ import annotations

from typing import Any

import pytest

from shelf_rules.policy_load import PolicyError, load_policy

PIN_A = {"pin": {"product": "a", "slot": 1}}
PIN_B = {"pin": {"product": "b", "slot": 1}}
FUNDS = {"zones": ["fund"]}


def faults(*rules: dict[str, Any]) -> list[str]:
    named = [{"name": f"r{at}", **rule} for at, rule in enumerate(rules)]
    try:
        load_policy({"rules": named})
    except PolicyError as error:
        return [path for path, _ in error.faults]
    return []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"region": ["1"]}, {"region": ["2"]}),
        ({"channel": ["in_app", "push"]}, {"channel": ["branch"]}),
        ({"weekday": [6, 7]}, {"weekday": [1]}),
        ({"age": {"below": 30}}, {"age": {"at_least": 30}}),
        ({"aum": {"at_least": 1000, "below": 5000}}, {"aum": {"at_least": 5000}}),
        ({"segment": ["wealth"]}, {"not": {"segment": ["wealth", "savings"]}}),
        ({"stage": ["value"]}, {"all": [{"not": {"stage": ["value"]}}]}),
        ({"all": [{"all": [{"overlay": ["dormant"]}]}]}, {"overlay": ["churned"]}),
        ({"region": ["1"], "any": [{"stage": ["value"]}]}, {"region": ["2"], "any": [{"stage": ["value"]}]}),
    ],
)
def test_two_pins_on_a_slot_may_stand_where_their_conditions_exclude_each_other(one: Any, other: Any) -> None:
    assert faults({"when": one, "then": PIN_A}, {"when": other, "then": PIN_B}) == []
    assert faults({"when": other, "then": PIN_A}, {"when": one, "then": PIN_B}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"region": ["1"]}),
        ({"region": ["1"]}, {"channel": ["in_app"]}),
        ({"region": ["1", "2"]}, {"region": ["2", "3"]}),
        ({"age": {"below": 31}}, {"age": {"at_least": 30}}),
        ({"segment": ["wealth"]}, {"segment": ["savings"]}),
        ({"held": ["fund"]}, {"held": ["deposit"]}),
        ({"segment": ["wealth", "savings"]}, {"not": {"segment": ["wealth"]}}),
        ({"stage": ["value"]}, {"not": {"stage": ["value"], "channel": ["push"]}}),
        ({"any": [{"region": ["1"]}, {"age": {"below": 30}}]}, {"region": ["2"]}),
    ],
)
def test_two_pins_on_a_slot_are_refused_where_both_may_hold(one: Any, other: Any) -> None:
    assert faults({"when": one, "then": PIN_A}, {"when": other, "then": PIN_B}) == ["rules[1].then.pin.slot"]


def test_rules_that_follow_each_other_in_time_never_meet() -> None:
    at = "2026-12-01T00:00:00+08:00"
    assert faults({"until": at, "then": PIN_A}, {"from": at, "then": PIN_B}) == []
    assert faults({"from": at, "then": PIN_A}, {"until": at, "then": PIN_B}) == []
    quotas = {"quotas": {"fixed": 1, "migratable": 1, "transferable": 1}}
    assert faults({"until": at, "then": quotas}, {"from": at, "then": quotas}) == []


def test_other_slots_and_tiers_are_no_conflict() -> None:
    other_slot = {"pin": {"product": "b", "slot": 2}}
    other_tier = {"pin": {"product": "b", "slot": 1, "tier": "public"}}
    assert faults({"then": PIN_A}, {"then": other_slot}) == []
    assert faults({"then": PIN_A}, {"then": other_tier}) == []


def test_what_another_condition_withholds_may_be_pinned() -> None:
    withhold = {"withhold": {"products": ["a"]}}
    assert faults({"then": PIN_A}, {"when": {"age": {"below": 18}}, "then": withhold}) == []
    assert faults({"when": {"age": {"below": 18}}, "then": PIN_A}, {"then": withhold}) == ["rules[0].then.pin.product"]
    assert faults({"then": {**PIN_A, **withhold}}) == ["rules[0].then.pin.product"]
    bury = {"bury": {"select": {"products": ["a"]}, "by": 0.1}}
    assert faults({"then": bury}, {"then": PIN_A}) == ["rules[1].then.pin.product"]


def test_a_boost_and_a_bury_of_the_same_products_need_other_conditions() -> None:
    boost, bury = {"boost": {"select": FUNDS, "by": 0.1}}, {"bury": {"select": FUNDS, "by": 0.1}}
    assert faults({"then": boost}, {"then": bury}) == ["rules[1].then.bury"]
    assert faults({"then": bury}, {"then": boost}) == ["rules[1].then.boost"]
    assert faults({"when": {"stage": ["value"]}, "then": boost}, {"then": bury}) == []


@pytest.mark.parametrize(
    ("then", "path"),
    [
        ({"quotas": {"fixed": 1, "migratable": 1, "transferable": 1}}, "quotas"),
        ({"tasks": False}, "tasks"),
        ({"thresholds": {"fixed": {"enter": 0.4, "leave": 0.3}}}, "thresholds.fixed"),
        ({"ranking": {"fixed": {"cf": 1, "tag": 0, "tier_score": 0, "popularity": 0}}}, "ranking.fixed"),
        ({"explore": {"fixed": {"slots": 1}}}, "explore.fixed"),
    ],
)
def test_one_parameter_cannot_be_set_twice_under_one_condition(then: dict[str, Any], path: str) -> None:
    when = {"stage": ["value"], "region": ["1"]}
    assert faults({"when": when, "then": then}, {"when": when, "then": then}) == [f"rules[1].then.{path}"]
    assert faults({"when": when, "then": then}, {"then": then}) == [], "the first rule is the exception to the second"


def test_a_tier_cannot_be_pinned_beyond_the_slots_it_may_ever_have() -> None:
    pins = [{"then": {"pin": {"product": f"p{slot}", "slot": slot, "tier": "fixed"}}} for slot in range(1, 6)]
    assert faults(*pins[:4]) == []
    assert faults(*pins) == ["rules[4].then.pin.tier"]
    apart = [{**pin, "when": {"region": [str(at)]}} for at, pin in enumerate(pins)]
    assert faults(*apart) == []

"""Policies as documents."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.condition import Condition
from shelf_rules.policy import DAY_US, Campaign, Policy, Quota, RankWeights, Threshold
from shelf_rules.policy_load import PolicyError, dump_policy, load_policy
from shelf_rules.policy_rules import Instant, Placement

AT, AT_US = "2026-11-24T08:00:00+08:00", 1_795_478_400_000_000


def faults(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(document)
    return dict(caught.value.faults)


def test_an_empty_document_is_the_default() -> None:
    assert load_policy({}) == Policy()


def test_what_a_document_leaves_out_keeps_its_value() -> None:
    policy = load_policy({"ranking": {"fixed": {"cf": 0.9}}, "thresholds": {"fixed": {"leave": 0.2}}, "name": "bold"})
    default = Policy()
    assert policy.ranking == default.ranking | {"fixed": RankWeights(0.9, 0.35, 0.40, 0.05)}
    assert policy.thresholds == default.thresholds | {"fixed": Threshold(0.40, 0.2)}
    assert replace(policy, ranking=default.ranking, thresholds=default.thresholds, name="default") == default


def test_a_document_may_differ_from_another_policy() -> None:
    base = load_policy({"arrangement": {"slots": 12}})
    assert load_policy({"arrangement": {"category_cap": 3}}, base).arrangement.slots == 12


def test_the_default_is_left_as_it_was() -> None:
    load_policy({"quotas": {"value": {"fixed": 0}}, "intent": {"weights": {"search": 2}}})
    assert load_policy({}) == Policy()


def test_a_policy_that_is_dumped_and_loaded_is_the_same() -> None:
    policy = load_policy(
        {
            "campaigns": [
                {
                    "key": "spring",
                    "products": ["a", "b"],
                    "regions": ["310000"],
                    "from": AT,
                    "until": "2026-12-24T00:00:00Z",
                }
            ],
            "wallet": {"shares": {"broker": {"fund.fof": 1.0}}},
            "transferable": {"recent_categories": [1, 0.5]},
            "eligibility": ["already_held"],
            "quotas": {"value": {"fixed": 1, "migratable": 1, "transferable": 1}},
        }
    )
    assert policy.campaigns == (
        Campaign("spring", ("a", "b"), ("310000",), (), Instant(AT_US), Instant(AT_US + 30 * DAY_US)),
    )
    assert policy.quotas["value"] == Quota(1, 1, 1)
    assert load_policy(json.loads(json.dumps(dump_policy(policy)))) == policy
    assert dump_policy(load_policy(dump_policy(policy))) == dump_policy(policy)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "holdout_share": st.floats(0, 0.5),
            "fixed": st.fixed_dictionaries(
                {}, optional={"merge_days": st.integers(0, 30), "task_weight": st.floats(0, 1)}
            ),
            "intent": st.fixed_dictionaries(
                {}, optional={"weights": st.dictionaries(st.sampled_from(["search", "list"]), st.floats(0, 9))}
            ),
            "tasks": st.fixed_dictionaries({"migratable": st.permutations(["learn", "visit", "assess"])}),
        },
    )
)
def test_any_difference_survives_the_round_trip(document: dict[str, Any]) -> None:
    policy = load_policy(document)
    assert load_policy(json.loads(json.dumps(dump_policy(policy)))) == policy
    assert load_policy(document, load_policy(document)) == policy


def test_words_of_the_language_are_written_without_the_underscore_of_the_code() -> None:
    rule = {"name": "r", "when": {"not": {"stage": ["value"]}}, "from": AT, "then": {"tasks": False}}
    read = load_policy({"rules": [rule]}).rules[0]
    assert read.when == Condition(not_=Condition(stage=("value",)))
    assert read.from_ == AT_US


def test_a_time_is_dumped_in_utc_and_members_of_lists_leave_out_what_says_nothing() -> None:
    rule = {"name": "r", "when": {"stage": ["value"]}, "from": AT, "then": {"tasks": False}}
    dumped = dump_policy(load_policy({"rules": [rule]}))
    assert dumped["rules"] == [{**rule, "from": "2026-11-24T00:00:00Z"}]


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-11-24T00:00:00Z", AT_US),
        ("2026-11-24T08:00+08:00", AT_US),
        ("2026-11-23T19:00:00.000001-05:00", AT_US + 1),
    ],
)
def test_a_time_says_its_offset(text: str, us: int) -> None:
    assert load_policy({"campaigns": [{"key": "k", "products": ["p"], "from": text}]}).campaigns[0].from_ == us


@pytest.mark.parametrize(
    "text", ["2026-11-24", "20261124T000000Z", "2026-W48-2", "2026-11-24 00:00:00Z", "9999-99-99T00:00Z"]
)
def test_no_other_way_to_write_a_time_is_read(text: str) -> None:
    found = faults({"campaigns": [{"key": "k", "products": ["p"], "from": text}]})
    assert "2026-11-24T00:00:00+08:00" in found["campaigns[0].from"]


def test_placements_take_new_names_beside_those_of_the_base_and_scenes_do_not() -> None:
    policy = load_policy({"placements": {"lottery": {"slots": 4}, "travel": {"slots": 6}}})
    assert policy.placements["lottery"] == Placement(slots=4)
    assert policy.placements["travel"] == Placement(slots=6, scene="travel")
    assert policy.placements["wallet"] == Placement()
    assert faults({"scenes": {"work": {}}})["scenes.work"].startswith("unknown key")


def test_rules_and_segments_are_replaced_as_a_whole() -> None:
    base = load_policy({"rules": [{"name": "a", "then": {"tasks": False}}]})
    assert load_policy({"rules": [{"name": "b", "then": {"tasks": True}}]}, base).rules[0].name == "b"
    assert load_policy({"segments": []}, base).segments == ()
    assert load_policy({"segments": []}, base).rules == base.rules


def test_what_is_dumped_whole_means_the_same_over_any_base() -> None:
    policy = load_policy({"name": "one", "holdout_share": 0.1})
    base = load_policy(
        {
            "rules": [{"name": "a", "then": {"tasks": False}}],
            "placements": {"travel": {"select": {"zones": ["fund"]}}},
            "segments": [],
        }
    )
    assert load_policy(dump_policy(policy), base) == policy


def test_a_document_cannot_be_nested_without_end() -> None:
    when: dict[str, Any] = {"stage": ["value"]}
    for _ in range(5000):
        when = {"all": [when]}
    found = faults({"rules": [{"name": "r", "when": when, "then": {"tasks": False}}]})
    assert len(found) == 1
    assert "levels deep" in next(iter(found.values()))


def test_shares_of_an_outflow_are_replaced_as_a_whole() -> None:
    policy = load_policy({"wallet": {"shares": {"bank": {"deposit.cd": 1}}}})
    assert policy.wallet.shares["bank"] == {"deposit.cd": 1.0}
    assert policy.wallet.shares["broker"] == Policy().wallet.shares["broker"]


def test_an_unknown_key_is_named_with_what_may_have_been_meant() -> None:
    assert faults({"ranking": {"fixd": {"cf": 1}}}) == {"ranking.fixd": "unknown key; did you mean 'fixed'?"}
    assert faults({"suitability": {}}) == {"suitability": "the law is no part of a policy: leave it out"}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"fixed": {"merge_days": 1.5}}, "fixed.merge_days"),
        ({"fixed": {"merge_days": True}}, "fixed.merge_days"),
        ({"fixed": {"w_repeat": "0.4"}}, "fixed.w_repeat"),
        ({"fixed": {"w_repeat": float("nan")}}, "fixed.w_repeat"),
        ({"fixed": {"w_repeat": None}}, "fixed.w_repeat"),
        ({"fixed": [1]}, "fixed"),
        ({"name": 5}, "name"),
        ({"eligibility": "already_held"}, "eligibility"),
        ({"eligibility": [3]}, "eligibility[0]"),
        ({"transferable": {"pool_weights": [1, 2]}}, "transferable.pool_weights"),
        ({"wallet": {"shares": {"bank": 1}}}, "wallet.shares.bank"),
        ({"wallet": {"shares": {"bank": {"deposit.term": "x"}}}}, "wallet.shares.bank.deposit.term"),
        ({"campaigns": [{"key": "a"}]}, "campaigns[0].products"),
        ({"campaigns": [{"key": "a", "products": [], "until": 3}]}, "campaigns[0].until"),
        ({"campaigns": [{"key": "a", "products": [], "ends_us": 3}]}, "campaigns[0].ends_us"),
        ({"campaigns": [{"key": "a", "products": [], "until": "tomorrow"}]}, "campaigns[0].until"),
        ({"tasks": {"offered": 1}}, "tasks.offered"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a" * 257}, "name"),
        ({"wallet": {"kappa": 2**54}}, "wallet.kappa"),
        ({"eligibility": ["already_held"] * 1001}, "eligibility"),
        ({"placements": {f"p{number}": {} for number in range(1001)}}, "placements"),
    ],
)
def test_a_value_of_another_kind_is_named_by_its_path(document: dict[str, Any], path: str) -> None:
    assert list(faults(document)) == [path]


def test_all_faults_are_told_at_once() -> None:
    found = faults({"fixd": 1, "fixed": {"merge_days": "x"}, "holdout_share": 0.9, "quotas": {"value": {"fixed": 9}}})
    assert list(found) == ["fixd", "fixed.merge_days", "holdout_share", "quotas.value"] or set(found) == {
        "fixd",
        "fixed.merge_days",
        "holdout_share",
        "quotas.value",
    }


def test_the_message_names_every_path() -> None:
    with pytest.raises(PolicyError, match=r"ranking\.fixd: unknown key; did you mean 'fixed'\?"):
        load_policy({"ranking": {"fixd": {"cf": 1}}})

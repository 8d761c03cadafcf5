"""What conditions may ask, and which negations could never match."""

from __future__ import annotations

from typing import Any

import pytest

from shelf_rules.policy_conditions import DEPTH
from shelf_rules.policy_load import PolicyError, load_policy

TAG = {"tag": {"tag": "x"}}
NEAR = {"tag": {"tag": "x", "affinity": {"at_least": 0.5}}}
GOOD = {"tag": {"tag": "x", "quality": {"at_least": 0.5}}}
FUND = {"held": ["fund"]}


def faults(when: dict[str, Any]) -> list[str]:
    try:
        load_policy({"rules": [{"name": "r", "when": when, "then": {"tasks": False}}]})
    except PolicyError as error:
        return [path.removeprefix("rules[0].when").removeprefix(".") for path, _ in error.faults]
    return []


@pytest.mark.parametrize(
    "denied",
    [FUND, NEAR, GOOD, {"all": [TAG, FUND]}, {**TAG, **FUND}, {"any": [NEAR, FUND]}, {"not": FUND}, {"not": NEAR}],
)
def test_what_can_be_false_can_be_denied(denied: dict[str, Any]) -> None:
    assert faults({"not": denied}) == []


@pytest.mark.parametrize(
    ("denied", "where"),
    [
        (TAG, "not"),
        ({}, "not"),
        ({"any": [TAG, FUND]}, "not"),
        ({"all": [TAG, {"any": [TAG]}]}, "not"),
        ({"all": [{}]}, "not"),
        ({"not": TAG}, "not.not"),
        ({"any": [{"not": TAG}, FUND]}, "not.any[0].not"),
    ],
)
def test_what_is_true_or_unknown_cannot_be_denied(denied: dict[str, Any], where: str) -> None:
    assert faults({"not": denied}) == [where]


def test_conditions_stand_in_each_other_up_to_a_depth() -> None:
    def deep(levels: int) -> dict[str, Any]:
        return {"all": [deep(levels - 1)]} if levels > 1 else {"stage": ["value"]}

    assert faults(deep(DEPTH)) == []
    assert faults(deep(DEPTH + 1)) == [".".join(["all[0]"] * DEPTH)]


@pytest.mark.parametrize(
    ("when", "where"),
    [
        ({"age": {"at_least": 5, "below": 5}}, "age"),
        ({"held_zones": {"below": 0}}, "held_zones.below"),
        ({"tag": {"tag": "x", "affinity": {}}}, "tag.affinity"),
        ({"tag": {"tag": "x", "quality": {"at_least": 0.9, "below": 0.1}}}, "tag.quality"),
        ({"aum": {"below": 999}}, "aum.below"),
        ({"stage": ["value"], "all": [{"not": {"stage": ["value", "cultivation"]}}]}, ""),
        ({"age": {"below": 30}, "all": [{"age": {"at_least": 30}}]}, ""),
    ],
)
def test_what_holds_nothing_is_refused(when: dict[str, Any], where: str) -> None:
    assert faults(when) == [where]


def test_several_segments_or_holdings_may_be_asked_for_at_once() -> None:
    assert faults({"held": ["fund"], "all": [{"held": ["deposit"]}]}) == []
    assert faults({"segment": ["wealth"], "all": [{"segment": ["savings"]}]}) == []


@pytest.mark.parametrize("place", ["home", "wallet", "a_page_of_another_team"])
def test_a_placement_may_be_one_that_has_no_shelf_of_its_own(place: str) -> None:
    assert faults({"placement": [place]}) == []


@pytest.mark.parametrize("place", ["walet", "Wallet", "a b"])
def test_a_placement_that_looks_misspelt_is_refused(place: str) -> None:
    assert faults({"placement": [place]}) == ["placement[0]"]


@pytest.mark.parametrize("region", ["", "31 00", "x" * 65])
def test_a_region_is_a_code(region: str) -> None:
    assert faults({"region": [region]}) == ["region[0]"]

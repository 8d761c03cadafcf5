from __future__ import annotations

from dataclasses import replace

import pytest

from shelf_rules.eligibility.campaign_only import campaign_only
from shelf_rules.facts import Query
from shelf_rules.policy import Campaign, Policy
from shelf_rules.policy_rules import Instant
from tests.factories import NOW_US, make_gate, make_product, make_situation, withheld

PRODUCTS = (make_product("a"), make_product("b"), make_product("free"))


def instant(at: int | None) -> Instant | None:
    return None if at is None else Instant(at)


def _withheld(*campaigns: Campaign, region: str | None = "A", channel: str = "in_app") -> list[str]:
    situation = make_situation(
        *PRODUCTS,
        policy=replace(Policy(), campaigns=campaigns),
        gate=make_gate(region=region),
        query=Query(channel=channel),
    )
    return withheld(campaign_only(situation), situation)


@pytest.mark.parametrize(
    ("starts", "ends", "runs"),
    [
        (None, None, True),
        (NOW_US, None, True),
        (NOW_US + 1, None, False),
        (None, NOW_US + 1, True),
        (None, NOW_US, False),
        (0, None, True),
        (None, 0, False),
    ],
)
def test_a_product_of_a_campaign_is_shown_while_it_runs(starts: int | None, ends: int | None, *, runs: bool) -> None:
    assert _withheld(Campaign("k", ("a",), from_=instant(starts), until=instant(ends))) == ([] if runs else ["a"])


@pytest.mark.parametrize(("region", "runs"), [("A", True), ("B", False), (None, False)])
def test_a_campaign_runs_in_its_regions(region: str | None, *, runs: bool) -> None:
    assert _withheld(Campaign("k", ("a", "b"), regions=("A", "C")), region=region) == ([] if runs else ["a", "b"])


@pytest.mark.parametrize(("channel", "runs"), [("in_app", True), ("branch", False)])
def test_a_campaign_runs_in_its_channels(channel: str, *, runs: bool) -> None:
    assert _withheld(Campaign("k", ("b",), channels=("in_app",)), channel=channel) == ([] if runs else ["b"])


def test_one_running_campaign_of_several_is_enough() -> None:
    over, running = Campaign("old", ("a", "b"), until=Instant(NOW_US)), Campaign("new", ("b", "no such product"))
    assert _withheld(over, running) == ["a"]
    assert _withheld(running, over) == ["a"]


def test_without_campaigns_nothing_is_bound_to_one() -> None:
    assert _withheld() == []

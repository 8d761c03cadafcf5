"""Badges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.badge import BADGES, badge, seen_rows
from shelf_rules.policy import DAY_US, Campaign, Policy
from shelf_rules.situation import Situation
from shelf_rules.texts import BADGES as TEXTS
from tests.factories import (
    CLICKS,
    NOW_US,
    TODAY,
    make_catalogue,
    make_evidence,
    make_past,
    make_product,
    make_records,
    make_situation,
)


def make_badged(*, listed_us: int = 0, evidence: dict[str, Any] | None = None, **fields: Any) -> Situation:
    catalogue = make_catalogue(make_product("p", 0, listed_us=listed_us))
    weighed = make_evidence(catalogue, **{name: np.array(value) for name, value in (evidence or {}).items()})
    return make_situation(catalogue=catalogue, evidence=weighed, **fields)


def shown(situation: Situation, place: str) -> str | None:
    return badge(situation, 0, place, seen_rows(situation))


def maturing() -> dict[str, Any]:
    column = np.zeros(len(make_catalogue(make_product("p", 0)).categories))
    column[0] = 0.3
    return {"maturity": column}


def test_what_is_held_says_so_before_all_else() -> None:
    assert shown(make_badged(evidence={"held_products": [True]} | maturing()), "migratable") == "held"


def test_money_coming_due_is_named_in_tier_migratable_only() -> None:
    assert shown(make_badged(evidence=maturing()), "migratable") == "maturing"
    assert shown(make_badged(evidence=maturing()), "public") is None


@pytest.mark.parametrize(("age", "seen"), [(0, True), (13, True), (14, False), (-1, False)])
def test_a_look_at_the_product_counts_for_fourteen_days(age: int, seen: bool) -> None:
    past = make_past(clicks=[{"product": 0, "day": TODAY - age}])
    assert shown(make_badged(past=past), "fixed") == ("seen" if seen else None)


def test_interest_in_the_product_counts_like_a_click() -> None:
    looks = make_records(CLICKS, {"product": 0, "day": TODAY - 3})
    assert shown(make_badged(past=make_past(looks=looks)), "fixed") == "seen"


def test_without_the_consent_to_read_behaviour_nothing_was_looked_at() -> None:
    past = make_past(clicks=[{"product": 0, "day": TODAY}], behaviour_read=False)
    assert shown(make_badged(past=past), "fixed") is None


def test_a_look_at_another_product_does_not_count() -> None:
    past = make_past(clicks=[{"product": 5, "day": TODAY}])
    assert shown(make_badged(past=past), "fixed") is None


@pytest.mark.parametrize(("days", "new"), [(0, True), (29, True), (30, False), (-1, False)])
def test_a_product_is_new_for_thirty_days(days: int, new: bool) -> None:
    assert shown(make_badged(listed_us=NOW_US - days * DAY_US), "public") == ("new" if new else None)


def test_a_product_that_was_long_on_sale_before_it_was_first_seen_is_not_new() -> None:
    for days, label in ((400, None), (3, "new")):
        product = make_product("p", listed_us=NOW_US - DAY_US, sale_from_us=NOW_US - days * DAY_US)
        assert shown(make_situation(product, mode="nonpersonal"), "public") == label


def test_a_product_of_unknown_age_is_not_new() -> None:
    assert shown(make_badged(listed_us=0, now_us=5 * DAY_US), "public") is None


def test_a_product_of_a_campaign_that_the_gate_checks_says_so() -> None:
    campaigns = (Campaign("spring", ("p",)),)
    assert shown(make_badged(policy=Policy(campaigns=campaigns)), "fixed") == "campaign"
    assert shown(make_badged(policy=Policy(campaigns=campaigns, eligibility=())), "fixed") is None
    assert shown(make_badged(policy=Policy(campaigns=(Campaign("spring", ("q",)),))), "fixed") is None


def test_without_a_past_only_facts_of_the_product_are_named() -> None:
    situation = make_situation(make_product("p", listed_us=NOW_US - DAY_US), mode="nonpersonal")
    assert shown(situation, "public") == "new"


def test_every_badge_has_its_text() -> None:
    assert tuple(TEXTS) == BADGES
    assert [TEXTS[name]["zh"] for name in BADGES] == ["持有中", "到期承接", "您看过", "新上架", "活动"]

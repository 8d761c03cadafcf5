"""One decision from its facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shelf_rules.catalogue import Catalogue
from shelf_rules.decide import decide, scores_in
from shelf_rules.decision import Decision
from shelf_rules.gate import PASSED
from shelf_rules.policy import DAY_US, Policy
from shelf_rules.product import Product
from shelf_rules.rule import CODES
from tests.factories import (
    NOW_US,
    TODAY,
    category_number,
    make_catalogue,
    make_facts,
    make_gate,
    make_past,
    make_product,
    make_regime,
    make_scores,
)

TERM, FUND = category_number("deposit.term"), category_number("fund.bond")
OPEN = ("deposit.term", "fund.bond", "cash.mmf", "pay.bill", "pay.fx", "svc.rights", "svc.advice", "gold.accum")
LOYAL: dict[str, Any] = {
    "purchases": [
        {"category": TERM, "product": 0, "day": TODAY - ago, "amount": 10**6, "weight": 1} for ago in (20, 80, 140)
    ],
    "heads": [{"category": TERM, "first_day": TODAY - 140, "count": 3}],
    "spells": [{"category": TERM, "product": 0, "opened": TODAY - 140, "amount": 10**6}],
    "intent": [{"category": FUND, "session": 1, "day": TODAY, "kind": 3, "count": 3}],
    "joined_day": TODAY - 300,
    "first_day": TODAY - 300,
    "active_day": TODAY,
    "statement": True,
}


def make_shelf(*extra: Product) -> Catalogue:
    """Three products each of a few categories, and those given."""
    products = [
        make_product(f"{code}.{number}", code, issuer=f"i{number}", risk_issuer=2)
        for code in OPEN
        for number in range(3)
    ]
    return make_catalogue(*products, *extra)


def decided(catalogue: Catalogue | None = None, policy: Policy | None = None, **facts: Any) -> Decision:
    catalogue = make_shelf() if catalogue is None else catalogue
    if facts.get("mode", "personal") == "personal":
        facts.setdefault("past", make_past(**LOYAL))
    return decide(make_facts(catalogue, **facts), catalogue, policy or Policy(), make_regime())


def places(decision: Decision, catalogue: Catalogue) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for slot in (*decision.slots, *decision.public):
        shown.setdefault(slot.tier, []).append(catalogue.product_ids[slot.row].rpartition(".")[0])
    return shown


def test_what_was_bought_again_is_fixed_and_what_is_looked_for_is_migratable() -> None:
    catalogue = make_shelf()
    shown = places(decided(catalogue), catalogue)
    assert shown["fixed"] == ["deposit.term"] * 2
    assert shown["migratable"] == ["fund.bond"] * 2


def test_slots_that_no_tier_uses_are_public_and_the_fixed_categories_stay_out_of_it() -> None:
    catalogue = make_shelf()
    decision = decided(catalogue)
    assert len(decision.slots) + len(decision.public) == 9
    assert "deposit.term" not in places(decision, catalogue)["public"]
    assert {slot.reason for slot in decision.public} == {"on_offer"}


def test_a_customer_without_a_past_has_an_empty_shelf_but_for_the_public_zone() -> None:
    decision = decided(past=make_past())
    assert decision.slots == ()
    assert len(decision.public) == 9
    assert decision.stage == "acquisition"


def test_the_slots_say_why_they_are_there() -> None:
    decision = decided()
    first = decision.slots[0]
    assert first.reason in {"bought_again", "held_long"}
    assert set(first.parts) == {"cf", "tag", "tier_score", "popularity"}
    assert set(first.tier_parts) == {"bought_again", "held_long", "large_share"}
    assert first.badge == "held"
    assert (first.propensity, first.explored, first.task) == (1.0, False, None)


def test_a_migratable_slot_carries_a_task() -> None:
    tasks = [slot.task for slot in decided().slots if slot.tier == "migratable"]
    assert tasks[0] is not None
    assert tasks[0].category == "fund.bond"


def test_the_tier_evidence_of_every_category_is_kept() -> None:
    view = decided().categories
    assert view is not None
    assert (view.tier[TERM], view.tier[FUND]) == ("fixed", "migratable")
    assert view.fixed[TERM] > 0.4
    assert {"repeats", "share", "balance_share", "alive", "intent", "gap", "maturity"} <= set(view.parts)


def test_products_are_withheld_under_the_first_code_that_fails() -> None:
    catalogue = make_shelf(make_product("off", status="off_shelf"), make_product("risky", "fund.equity", risk_issuer=5))
    decision = decided(catalogue, gate=make_gate(capacity=2))
    assert decision.codes is not None
    assert CODES[decision.codes[-2]] == "off_shelf"
    assert CODES[decision.codes[-1]] == "risk_mismatch"
    assert decision.withheld["off_shelf"] == 1


def test_a_near_duplicate_of_a_placed_card_is_withheld_as_one() -> None:
    catalogue = make_catalogue(
        make_product("a", series_id="s"), make_product("b", series_id="s"), make_product("c", issuer="other")
    )
    decision = decided(catalogue)
    assert [slot.row for slot in decision.slots] == [0, 2]
    assert decision.withheld == {"duplicate_of": 1}
    assert decision.codes is not None
    assert decision.codes.tolist() == [-1, CODES.index("duplicate_of"), -1]


def test_near_duplicates_stand_where_the_policy_lets_them() -> None:
    catalogue = make_catalogue(make_product("a", series_id="s"), make_product("b", series_id="s"))
    decision = decided(catalogue, replace(Policy(), eligibility=()))
    assert [slot.row for slot in decision.slots] == [0, 1]
    assert decision.withheld == {}


def test_a_loan_that_may_not_stand_beside_an_investment_is_withheld_for_that() -> None:
    loan = {"category": category_number("loan.consumer"), "session": 2, "day": TODAY - 9, "kind": 3, "count": 3}
    past = LOYAL | {"intent": [*LOYAL["intent"], loan]}
    catalogue = make_catalogue(
        make_product("held", status="off_shelf"),
        make_product("fund", "fund.bond", zone="life", risk_issuer=1),
        make_product("loan", "loan.consumer", zone="life"),
    )
    decision = decided(catalogue, past=make_past(**past))
    assert [slot.row for slot in decision.slots] == [1]
    assert decision.withheld == {"off_shelf": 1, "loan_invest_separation": 1}


@pytest.mark.parametrize("mode", ["personal", "nonpersonal", "holdout"])
def test_who_is_not_assessed_is_asked_for_an_assessment(mode: str) -> None:
    decision = decided(mode=mode, gate=make_gate(assessed_us=NOW_US - 400 * DAY_US))
    assert decision.assessment
    assert decision.withheld["assessment_expired"] > 0
    assert not decided(mode=mode).assessment


def test_a_shelf_that_is_not_personal_has_nine_popular_products() -> None:
    catalogue = make_shelf()
    scores = make_scores(len(catalogue), popularity=np.arange(len(catalogue), dtype=np.float64))
    decision = decided(catalogue, mode="nonpersonal", scores=scores)
    assert decision.slots == ()
    assert [slot.slot for slot in decision.public] == list(range(1, 10))
    assert (decision.stage, decision.categories, decision.quotas) == (None, None, {})


def test_every_component_is_timed_once() -> None:
    seen: list[tuple[str, str]] = []
    catalogue = make_shelf()
    facts = make_facts(catalogue, past=make_past(**LOYAL))
    decide(facts, catalogue, Policy(), make_regime(), lambda stage, component: seen.append((stage, component)))
    assert len(set(seen)) == len(seen)
    assert {
        "evidence",
        "rules",
        "suitability",
        "eligibility",
        "tiers",
        "ranking",
        "arrangement",
        "reasons",
        "incentives",
    } == {stage for stage, _ in seen}


def test_what_was_degraded_before_is_passed_on() -> None:
    assert decided(degraded=("cf",)).degraded == ("cf",)
    assert decided(mode="holdout", degraded=("cf",)).degraded == ("cf",)


def test_the_order_in_which_the_past_is_told_does_not_matter() -> None:
    turned = {name: value[::-1] if isinstance(value, list) else value for name, value in LOYAL.items()}
    assert decided(past=make_past(**turned)).slots == decided().slots


def test_a_dormant_customer_has_the_slots_of_the_overlay() -> None:
    decision = decided(past=make_past(**LOYAL | {"active_day": TODAY - 80}))
    assert decision.overlay == "dormant"
    assert decision.quotas == {"fixed": 3, "migratable": 4, "transferable": 2}
    assert decision.slots[0].reason == "wake_up"


def test_an_empty_catalogue_is_an_empty_shelf() -> None:
    for mode in ("personal", "nonpersonal", "fallback"):
        decision = decided(make_catalogue(), mode=mode)
        assert (decision.slots, decision.public, decision.withheld, decision.relaxed) == ((), (), {}, ())


@pytest.mark.parametrize("tier", ["fixed", "migratable"])
def test_the_scores_within_a_tier_are_those_of_its_cards(tier: str) -> None:
    catalogue = make_shelf()
    size = len(catalogue)
    scores = replace(make_scores(size), tiers=np.tile((np.arange(size) % 7 + 1) / 10, (3, 1)))
    facts = make_facts(catalogue, past=make_past(**LOYAL), scores=scores)
    decision = decide(facts, catalogue, Policy(), make_regime())
    placed = np.array(
        [decision.categories is not None and decision.categories.tier[one] == tier for one in catalogue.category]
    )
    rows = np.flatnonzero(placed & (decision.codes == PASSED))
    found = dict(
        zip(rows.tolist(), scores_in(facts, catalogue, Policy(), make_regime(), tier=tier, rows=rows), strict=True)
    )
    cards = {slot.row: slot.score for slot in decision.slots if slot.tier == tier}
    assert cards
    assert {row: found[row] for row in cards} == cards

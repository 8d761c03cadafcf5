"""Invariant 2 of the domain model: whatever the catalogue and the customer, no card is shown against the law.

The law is spelled out here once more, one product at a time and from the records themselves, not from the columns.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.facts import Gate, Query
from shelf_rules.gate import AT_ARRANGEMENT, BUSINESS, LAW, PASSED, gate
from shelf_rules.policy import DAY_US, Policy
from shelf_rules.product import Product
from shelf_rules.rule import CODES
from shelf_rules.situation import FIXED, Situation
from tests.factories import (
    NOW_US,
    YEAR,
    category_number,
    make_catalogue,
    make_evidence,
    make_facts,
    make_regime,
)

REGIME_OF = {
    "deposit.term": "none",
    "deposit.structured": "nfra",
    "cash.mmf": "csrc",
    "cash.wealth": "nfra",
    "wealth.equity": "nfra",
    "fund.index": "csrc",
    "bond.savings_e": "none",
    "gold.accum": "bank",
    "ins.health": "insurance",
    "ins.ul": "insurance",
    "pension.fund": "csrc",
    "private.trust": "nfra",
    "card.credit": "credit",
    "inst.medical": "credit",
    "pay.bill": "none",
    "svc.rights": "none",
}
ZONE_OF = {"ins": "insurance", "private": "trust_private", "inst": "credit", "pay": "payment", "svc": "service"}
OUTSIDE = [("new.thing", ""), ("deposit.new", ""), ("odd.note", "wealth"), ("odd.bill", "payment")]
CODES_OF = [*REGIME_OF, *[code for code, _ in OUTSIDE]]
INVESTING = {"nfra", "csrc", "bank"}
ADULTS_ONLY = {"credit", "card", "wealth", "fund", "gold", "bond", "trust_private"}
ADULTS_ONLY_CODES = {"cash.wealth", "ins.ul", "ins.participating", "ins.universal"}

instants = st.sampled_from([None, 0, NOW_US - 1, NOW_US, NOW_US + 1, NOW_US + DAY_US])
grades = st.none() | st.integers(1, 5)
regions = st.sampled_from([(), ("A",), ("B",), ("A", "B")])


@st.composite
def products(draw: st.DrawFn) -> tuple[str, Product]:
    code = draw(st.sampled_from(CODES_OF))
    known = code in REGIME_OF
    number = category_number(code) if known else len(make_regime().categories) + CODES_OF.index(code) - len(REGIME_OF)
    product = Product(
        product_no=-1,
        product_id="",
        category=number,
        zone=draw(st.none() | st.sampled_from(["deposit", "fund", "credit", "payment", "trust_private"])),
        risk_issuer=draw(grades),
        risk_distributor=draw(grades),
        regime=draw(st.sampled_from([None, None, "none", "nfra", "csrc", "insurance", "credit", "bank"])),
        min_amount=draw(st.none() | st.integers(0, 200)),
        term_days=draw(st.none() | st.integers(0, 400)),
        min_hold_days=draw(st.none() | st.integers(0, 400)),
        liquidity=draw(st.sampled_from([None, "T+0", "T+1", "T+180", "maturity"])),
        offering=draw(st.sampled_from([None, None, "public", "private"])),
        sale_from_us=draw(instants),
        sale_until_us=draw(instants),
        regions=draw(regions),
        channels=draw(st.sampled_from([(), ("in_app",), ("branch",)])),
        action_host=draw(st.sampled_from([None, "m.bank.example", "bank.example.evil"])),
        status=draw(st.sampled_from(["on_shelf", "on_shelf", "on_shelf", "suspended", "off_shelf"])),
    )
    return code, product


customers = st.builds(
    Gate,
    capacity=st.integers(0, 5),
    assessed_us=st.none()
    | st.sampled_from([NOW_US + 1, NOW_US, NOW_US - 365 * DAY_US + 1, NOW_US - 365 * DAY_US, NOW_US - DAY_US]),
    birth_year=st.none() | st.sampled_from([YEAR - age for age in (10, 18, 19, 40, 64, 65, 80)]),
    region=st.sampled_from([None, "A", "B", "C"]),
    goal_horizon_days=st.none() | st.integers(0, 400),
    goal_liquidity_days=st.none() | st.integers(0, 400),
    credit_pass=st.booleans(),
    overdue=st.booleans(),
    fraud_flag=st.booleans(),
    scopes=st.sampled_from([frozenset(), frozenset({"scene_medical"}), frozenset({"holdings"})]),
)


def _regimes(code: str, product: Product) -> set[str]:
    """The regimes in force for a product; `unknown` asks for an assessment and a grade."""
    own = product.regime or "none"
    if code in REGIME_OF:
        return {REGIME_OF[code], own}
    named = dict(OUTSIDE)[code]
    shown = product.zone or named or code.partition(".")[0]
    free = {"deposit", "payment", "service"}
    if own == "none" and not (shown in free and (not named or named in free)):
        return {"unknown"}
    return {own}


def _money_back(product: Product) -> float:
    if product.liquidity is None:
        return 0
    if product.liquidity == "maturity":
        return float("inf") if product.term_days is None else product.term_days
    return int(product.liquidity[2:])


def _by_itself(product: Product, zones: set[str], situation: Situation) -> dict[str, bool]:
    """What forbids a product by its own record, or by the customer's place, goals and means."""
    customer, now_us = situation.facts.gate, situation.facts.now_us
    began = product.sale_from_us is None or product.sale_from_us <= now_us
    over = product.sale_until_us is not None and product.sale_until_us <= now_us
    elsewhere = bool(product.channels) and "in_app" not in product.channels
    goal, need = customer.goal_horizon_days, customer.goal_liquidity_days
    ability = None if situation.evidence is None else situation.evidence.ability
    return {
        "off_shelf": product.status != "on_shelf",
        "sale_window_closed": over or not began,
        "region": bool(product.regions) and customer.region not in product.regions,
        "channel_host": elsewhere or product.action_host == "bank.example.evil",
        "private_offering": product.offering == "private" or "trust_private" in zones,
        "goal_mismatch": goal is not None and (product.min_hold_days or 0) > goal,
        "liquidity_mismatch": need is not None and _money_back(product) > need,
        "affordability": ability is not None and (product.min_amount or 0) > ability,
    }


def _by_person(code: str, product: Product, zones: set[str], situation: Situation) -> dict[str, bool]:
    """What forbids a product to a customer of this age, assessment and credit."""
    customer, now_us, regimes = situation.facts.gate, situation.facts.now_us, _regimes(code, product)
    graded = max(product.risk_issuer or 0, product.risk_distributor or 0)
    assessed_us, capacity, born = customer.assessed_us, customer.capacity, customer.birth_year
    assessed = assessed_us is not None and capacity > 0
    expired = assessed_us is not None and not now_us - 365 * DAY_US < assessed_us <= now_us
    minor = not (assessed and not expired) if born is None else YEAR - born - 1 < 18
    senior = born is None or YEAR - born >= 65
    asks, asks_grade = regimes & (INVESTING | {"insurance", "unknown"}), regimes & (INVESTING | {"unknown"})
    fixed = situation.tier is not None and situation.tier[product.category] == FIXED
    above = graded > capacity and bool(asks or capacity)
    adults_only = zones & ADULTS_ONLY or code in ADULTS_ONLY_CODES or "credit" in regimes
    return {
        "age_minor": minor and bool(adults_only),
        "not_assessed": bool(asks) and not assessed,
        "assessment_expired": bool(asks) and expired,
        "risk_mismatch": above or (bool(asks_grade) and graded == 0),
        "senior_grade": senior and graded > 3 and not fixed,
        "credit_gate": "credit" in regimes and not customer.credit_pass,
        "overdue_or_fraud_flag": "credit" in regimes and (customer.overdue or customer.fraud_flag),
        "consent_scope": code == "inst.medical" and "scene_medical" not in customer.scopes,
    }


def _offences(code: str, product: Product, situation: Situation) -> set[str]:
    """Every rule of law that forbids to show a product to this customer."""
    prefix = code.partition(".")[0]
    home = ZONE_OF.get(prefix, prefix) if code in REGIME_OF else dict(OUTSIDE)[code] or prefix
    zones = {product.zone or home, home}
    failing = _by_itself(product, zones, situation) | _by_person(code, product, zones, situation)
    return {rule for rule, fails in failing.items() if fails}


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[tuple[str, Product]], Situation]:
    listed = draw(st.lists(products(), min_size=1, max_size=12))
    records = [replace(product, product_id=f"p{place}") for place, (_, product) in enumerate(listed)]
    catalogue = make_catalogue(*records, outside=OUTSIDE)
    mode = draw(st.sampled_from(["personal", "personal", "nonpersonal", "holdout", "fallback"]))
    customer = Gate() if mode == "fallback" else draw(customers)
    eligibility = draw(st.lists(st.sampled_from([*BUSINESS, "age_minor", "nothing"])).map(tuple))
    situation = Situation(
        facts=make_facts(catalogue, mode=mode, gate=customer, query=Query(channel="in_app")),
        catalogue=catalogue,
        policy=replace(Policy(), eligibility=eligibility),
        regime=make_regime(),
    )
    if mode == "personal":
        situation.evidence = make_evidence(catalogue, ability=draw(st.none() | st.integers(0, 200)))
        situation.tier = np.zeros(len(catalogue.categories), dtype=np.int64)
        situation.tier[[catalogue.categories.number[code] for code in draw(st.lists(st.sampled_from(CODES_OF)))]] = (
            FIXED
        )
    return listed, situation


@given(situations())
def test_each_rule_withholds_exactly_what_the_law_says(case: tuple[list[tuple[str, Product]], Situation]) -> None:
    listed, situation = case
    offences = [_offences(code, product, situation) for code, product in listed]
    for rule, withhold in LAW.items():
        if rule not in AT_ARRANGEMENT:
            assert withhold(situation).tolist() == [rule in found for found in offences], rule


@given(situations())
def test_no_policy_shows_what_any_law_withholds(case: tuple[list[tuple[str, Product]], Situation]) -> None:
    listed, situation = case
    for (code, product), number in zip(listed, gate(situation), strict=True):
        found = _offences(code, product, situation)
        first = next((rule for rule in CODES if rule in found), None)
        assert (None if number == PASSED else CODES[number]) == first

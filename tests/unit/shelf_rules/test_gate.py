from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from shelf_rules import eligibility
from shelf_rules import gate as gate_module
from shelf_rules.catalogue import Ints
from shelf_rules.facts import Gate
from shelf_rules.gate import AT_ARRANGEMENT, BUSINESS, BY_TIER, LAW, PASSED, gate, gate_before_tiers
from shelf_rules.policy import DAY_US, ELIGIBILITY, Campaign, Policy
from shelf_rules.policy_rules import Instant, Selection, ShelfRule, Then
from shelf_rules.rule import CODES
from shelf_rules.situation import FIXED, NO_TIER, Situation
from tests.factories import (
    NOW_US,
    TODAY,
    YEAR,
    category_number,
    make_catalogue,
    make_evidence,
    make_gate,
    make_past,
    make_product,
    make_regime,
    make_situation,
)

BUSINESS_CODES = [
    "quota_full",
    "customer_dismissed",
    "duplicate_of",
    "already_held",
    "seen_too_often",
    "campaign_only",
    "policy_rule",
]

# Each product fails by one rule, for the customer of `_situation`; the last one by none.
FAILING: dict[str, dict[str, object]] = {
    "off_shelf": {"status": "off_shelf"},
    "sale_window_closed": {"sale_until_us": NOW_US},
    "region": {"regions": ("elsewhere",)},
    "channel_host": {"channels": ("branch",)},
    "private_offering": {"offering": "private"},
    "risk_mismatch": {"category": "fund.equity", "risk_issuer": 5},
    "senior_grade": {"category": "fund.equity", "risk_issuer": 4},
    "goal_mismatch": {"min_hold_days": 100},
    "liquidity_mismatch": {"liquidity": "T+100"},
    "affordability": {"min_amount": 100},
    "overdue_or_fraud_flag": {"category": "loan.consumer"},
    "customer_dismissed": {},
    "consent_scope": {"category": "pay.bill"},
    "quota_full": {"quota_left": 0},
    "already_held": {},
    "seen_too_often": {},
    "campaign_only": {},
    "policy_rule": {},
    "passed": {},
}
BEFORE_TIERS = [code for code in FAILING if code not in BY_TIER]


def _names(codes: Ints) -> list[str]:
    return ["passed" if code == PASSED else CODES[code] for code in codes]


def _situation(*only: str, **fields: object) -> Situation:
    """A senior of C4 with a goal, little money and an overdue loan, and a past with the products that it is about."""
    names = only or tuple(FAILING)
    catalogue = make_catalogue(*[make_product(name, **FAILING[name]) for name in names])
    row = {name: catalogue.row_of_id.get(name, -1) for name in FAILING}
    ordinary: dict[str, object] = {
        "gate": make_gate(
            capacity=4,
            birth_year=YEAR - 70,
            goal_horizon_days=90,
            goal_liquidity_days=90,
            overdue=True,
            scopes=frozenset(),
            dismissed=((row["customer_dismissed"], NOW_US),),
        ),
        "past": make_past(impressions=[{"product": row["seen_too_often"], "day": TODAY, "count": 10}]),
        "evidence": make_evidence(
            catalogue, held_products=np.array([name == "already_held" for name in names]), ability=99.0
        ),
        "policy": replace(Policy(), campaigns=(Campaign("k", ("campaign_only",), channels=("branch",)),)),
        "fired": (ShelfRule("rule", Then(withhold=Selection(products=("policy_rule",)))),),
        "regime": make_regime(scopes_needed={"pay.bill": "location"}),
    }
    return make_situation(catalogue=catalogue, **ordinary | fields)


def test_every_code_has_one_rule_and_law_stands_in_the_order_of_the_codes() -> None:
    assert list(LAW) == [code for code in CODES if code not in BUSINESS_CODES]
    assert list(BUSINESS) == BUSINESS_CODES == list(ELIGIBILITY)
    assert all(rule.__module__ == f"shelf_rules.suitability.{code}" for code, rule in LAW.items())
    assert all(rule.__module__ == f"shelf_rules.eligibility.{code}" for code, rule in BUSINESS.items())


def test_each_product_counts_under_the_rule_that_withholds_it() -> None:
    assert _names(gate(_situation())) == list(FAILING)


@pytest.mark.parametrize(
    ("code", "customer"),
    [
        ("age_minor", {"birth_year": YEAR - 15}),
        ("not_assessed", {"capacity": 0}),
        ("not_assessed", {"assessed_us": None}),
        ("assessment_expired", {"assessed_us": NOW_US - 365 * DAY_US}),
        ("assessment_expired", {"assessed_us": NOW_US + 1}),
        ("risk_mismatch", {"capacity": 2}),
        ("senior_grade", {"capacity": 5, "birth_year": None}),
        ("passed", {"capacity": 5}),
    ],
)
def test_an_investment_counts_under_what_the_customer_fails_first(code: str, customer: dict[str, object]) -> None:
    product = make_product(category="fund.equity", risk_issuer=4)
    assert _names(gate(make_situation(product, gate=make_gate(**customer)))) == [code]


@pytest.mark.parametrize(("capacity", "age", "code"), [(0, 15, "age_minor"), (0, 70, "not_assessed")])
def test_a_product_that_fails_several_rules_counts_under_the_first(capacity: int, age: int, code: str) -> None:
    worst = make_product(
        category="fund.equity", risk_issuer=5, min_hold_days=100, liquidity="T+100", quota_left=0, regime="credit"
    )
    customer = make_gate(
        capacity=capacity,
        assessed_us=0,
        birth_year=YEAR - age,
        goal_horizon_days=1,
        goal_liquidity_days=1,
        credit_pass=False,
        overdue=True,
    )
    assert _names(gate(make_situation(worst, gate=customer))) == [code]


def test_law_counts_before_business() -> None:
    product = make_product(category="loan.consumer", quota_left=0)
    assert _names(gate(make_situation(product, gate=make_gate(credit_pass=False)))) == ["credit_gate"]


@pytest.mark.parametrize("named", [("quota_full", "campaign_only"), ("campaign_only", "quota_full")])
def test_business_counts_in_the_order_of_the_policy(named: tuple[str, ...]) -> None:
    policy = replace(Policy(), eligibility=named, campaigns=(Campaign("k", ("p",), until=Instant(0)),))
    assert _names(gate(make_situation(make_product(quota_left=0), policy=policy))) == [named[0]]


@pytest.mark.parametrize("left_out", [code for code in BUSINESS_CODES if code != "duplicate_of"])
def test_a_rule_of_business_acts_only_where_the_policy_names_it(left_out: str) -> None:
    situation = _situation()
    named = tuple(code for code in ELIGIBILITY if code != left_out)
    situation.policy = replace(situation.policy, eligibility=named)
    assert _names(gate(situation)) == ["passed" if code == left_out else code for code in FAILING]


@pytest.mark.parametrize("named", [(), ("no_such_rule",), ("off_shelf", "region"), ("duplicate_of",)])
def test_no_policy_switches_law_on_or_off(named: tuple[str, ...]) -> None:
    situation = _situation()
    situation.policy = replace(situation.policy, eligibility=named)
    assert _names(gate(situation)) == ["passed" if code in BUSINESS else code for code in FAILING]


def test_before_tiers_only_the_rules_that_ask_for_the_tier_are_left_out() -> None:
    expected = ["passed" if code in BY_TIER else code for code in FAILING]
    assert _names(gate_before_tiers(_situation())) == expected


@pytest.mark.parametrize("reuse", [False, True])
def test_in_tier_fixed_the_rules_that_ask_for_the_tier_do_not_act(*, reuse: bool) -> None:
    situation = _situation()
    before = gate_before_tiers(situation)
    situation.tier = np.full(len(situation.catalogue.categories), FIXED)
    assert _names(gate(situation, before=before if reuse else None)) == _names(before)
    situation.tier = np.full(len(situation.catalogue.categories), NO_TIER)
    situation.tier[category_number("fund.equity")] = FIXED
    expected = ["passed" if code == "senior_grade" else code for code in FAILING]
    assert _names(gate(situation, before=before if reuse else None)) == expected


def test_what_was_found_before_tiers_is_not_written_into() -> None:
    situation = _situation()
    before = gate_before_tiers(situation)
    kept = before.copy()
    gate(situation, before=before)
    assert before.tolist() == kept.tolist()


def test_every_rule_that_acted_is_watched_once() -> None:
    situation, seen = _situation(), []
    gate(situation, lambda stage, component: seen.append((stage, component)))
    stages = [("suitability", code) for code in LAW] + [("eligibility", code) for code in BUSINESS]
    assert sorted(seen) == sorted(pair for pair in stages if pair[1] not in AT_ARRANGEMENT)
    seen.clear()
    gate(situation, lambda stage, component: seen.append((stage, component)), before=gate_before_tiers(situation))
    assert sorted(component for _, component in seen) == sorted(BY_TIER)


def test_an_empty_catalogue_passes_nothing_and_withholds_nothing() -> None:
    assert gate(make_situation(gate=Gate())).tolist() == []


def test_a_customer_nobody_knows_sees_what_asks_for_no_fact() -> None:
    codes = [row.code for row in make_regime().categories]
    products = [make_product(code, code, risk_issuer=1) for code in codes]
    products += [make_product("regional", regions=("310000",)), make_product("long", min_hold_days=10**4)]
    situation = make_situation(*products, mode="fallback")
    shown = {product.product_id for product, code in zip(products, gate(situation), strict=True) if code == PASSED}
    free = {"deposit.demand", "deposit.term", "deposit.cd", "deposit.notice", "pension.account", "pension.deposit"}
    free |= {code for code in codes if code.startswith(("pay.", "svc."))}
    assert shown == free | {"long"}


def test_a_rule_without_a_place_among_the_codes_is_no_rule(tmp_path: object) -> None:
    package = ModuleType("stray")
    package.__path__ = [str(tmp_path)]
    (tmp_path / "no_such_code.py").write_text("")  # type: ignore[operator]
    with pytest.raises(ImportError, match="no place in CODES for no_such_code"):
        gate_module._found(package)
    assert set(gate_module._found(eligibility)) == set(BUSINESS_CODES)

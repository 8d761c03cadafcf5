"""Conditions: what they ask, and that what is not known never matches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.condition import ALWAYS, Bought, Condition, Did, Range, TagIs
from shelf_rules.facts import Gate, Query, TagTable
from shelf_rules.matching import holds, scene_of
from shelf_rules.situation import Situation
from tests.factories import REGION, TODAY, YEAR, make_evidence, make_gate, make_past, make_product, make_situation

PRODUCTS = (make_product("d", "deposit.term"), make_product("f", "fund.bond"), make_product("w", "wealth.mixed"))
TERM, BOND, MIXED = (product.category for product in PRODUCTS)
SUNDAY = 7  # TODAY of the factories
TAGS = TagTable(
    version="t1",
    codes=("k", "unused"),
    category=np.array([BOND, -1]),
    zone=np.array([-1, -1]),
    polarity=np.ones(2),
    half_life=np.full(2, np.nan),
    weight=np.ones(2),
    quality=np.array([[0.2, 0.6, 0.9]] * 2),
    scopes=(frozenset(), frozenset()),
)
PAST: dict[str, Any] = {
    "tags": [{"tag": 0, "assigned": TODAY - 5, "affinity": 0.7}],
    "intent": [
        {"category": BOND, "session": 1, "day": TODAY - 3, "kind": 3, "count": 2},
        {"category": TERM, "session": 2, "day": TODAY - 40, "kind": 3, "count": 1},
    ],
    "purchases": [{"category": TERM, "product": 0, "day": TODAY - 100, "weight": 1}],
    "statement": True,
    "joined_day": TODAY - 400,
    "active_day": TODAY - 10,
}


def make_known(past: dict[str, Any] | None = None, **fields: Any) -> Situation:
    """A customer of 40 in cultivation who holds a deposit and a fund and carries a tag."""
    known: dict[str, Any] = {
        "past": make_past(**PAST | (past or {})),
        "tags": TAGS,
        "stage": "cultivation",
        "overlay": None,
        "segments": {"savings": True, "wealth": False, "basic": None},
        "query": Query("in_app", "home", "travel"),
    }
    situation = make_situation(*PRODUCTS, **known | fields)
    held = np.zeros(len(situation.catalogue.categories), dtype=np.bool_)
    held[[TERM, BOND]] = True
    if situation.facts.past is not None and situation.evidence is None:
        situation.evidence = make_evidence(situation.catalogue, held=held, aum=5e6)
    return situation


CLAIMS: list[tuple[dict[str, Any], bool]] = [
    ({"channel": ("in_app", "branch")}, True),
    ({"channel": ("branch",)}, False),
    ({"placement": ("home",)}, True),
    ({"placement": ("wallet",)}, False),
    ({"scene": ("travel",)}, True),
    ({"scene": ("food",)}, False),
    ({"weekday": (SUNDAY,)}, True),
    ({"weekday": (1, 2, 3, 4, 5, 6)}, False),
    ({"region": (REGION,)}, True),
    ({"region": ("110000",)}, False),
    ({"stage": ("cultivation", "value")}, True),
    ({"stage": ("value",)}, False),
    ({"overlay": ("dormant",)}, False),
    ({"segment": ("wealth", "savings")}, True),
    ({"segment": ("wealth",)}, False),
    ({"risk_capacity": ("C5",)}, True),
    ({"risk_capacity": ("C1",)}, False),
    ({"age": Range(at_least=40, below=41)}, True),
    ({"age": Range(below=40)}, False),
    ({"tenure_days": Range(at_least=400)}, True),
    ({"tenure_days": Range(at_least=401)}, False),
    ({"quiet_days": Range(at_least=10, below=11)}, True),
    ({"quiet_days": Range(below=10)}, False),
    ({"aum": Range(at_least=5e6)}, True),
    ({"aum": Range(below=5e6)}, False),
    ({"held": ("fund",)}, True),
    ({"held": ("deposit.term", "gold")}, True),
    ({"held": ("wealth",)}, False),
    ({"held_zones": Range(at_least=2, below=3)}, True),
    ({"held_zones": Range(below=2)}, False),
    ({"tag": TagIs("k")}, True),
    ({"tag": TagIs("k", affinity=Range(at_least=0.7))}, True),
    ({"tag": TagIs("k", affinity=Range(below=0.7))}, False),
    ({"tag": TagIs("k", quality=Range(at_least=0.6, below=0.61))}, True),
    ({"tag": TagIs("k", quality=Range(below=0.6))}, False),
    ({"did": Did(("search",), at_least=2)}, True),
    ({"did": Did(("search",), at_least=3)}, False),
    ({"did": Did(("search",), days=60, at_least=3)}, True),
    ({"did": Did(("search",), ("fund",), days=60, at_least=3)}, False),
    ({"did": Did(("detail",))}, False),
    ({"bought": Bought(days=101)}, True),
    ({"bought": Bought(days=100)}, False),
    ({"bought": Bought(("deposit.term",))}, True),
    ({"bought": Bought(("fund",))}, False),
]
UNKNOWN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"scene": ("travel",)}, {"query": Query()}),
    ({"scene": ("travel",)}, {"gate": make_gate(scopes=frozenset())}),
    ({"region": (REGION,)}, {"gate": make_gate(region=None)}),
    ({"segment": ("basic",)}, {}),
    ({"segment": ("no_such",)}, {}),
    ({"risk_capacity": ("C5",)}, {"gate": make_gate(capacity=0)}),
    ({"age": Range(at_least=18)}, {"gate": make_gate(birth_year=None)}),
    ({"tenure_days": Range(at_least=0)}, {"past": {"joined_day": -1}}),
    ({"quiet_days": Range(at_least=0)}, {"past": {"active_day": -1}}),
    ({"quiet_days": Range(at_least=0)}, {"past": {"behaviour_read": False}}),
    ({"aum": Range(at_least=0)}, {"past": {"statement": False}}),
    ({"held": ("deposit",)}, {"past": {"holdings_read": False}}),
    ({"held_zones": Range(below=9)}, {"past": {"statement": False}}),
    ({"tag": TagIs("k")}, {"past": {"tags": []}}),
    ({"tag": TagIs("k")}, {"past": {"tags": [{"tag": 0, "assigned": TODAY + 1, "affinity": 0.7}]}}),
    ({"tag": TagIs("unused")}, {}),
    ({"tag": TagIs("no_such_tag")}, {}),
    ({"did": Did(("search",))}, {"past": {"behaviour_read": False}}),
    ({"bought": Bought()}, {"past": {"holdings_read": False}}),
]


@pytest.mark.parametrize(("claim", "expected"), CLAIMS)
def test_a_claim_says_what_is_known_and_not_says_the_contrary(claim: dict[str, Any], expected: bool) -> None:
    situation = make_known()
    assert holds(Condition(**claim), situation) is expected
    assert holds(Condition(not_=Condition(**claim)), situation) is not expected


@pytest.mark.parametrize(("claim", "customer"), UNKNOWN)
def test_what_is_not_known_never_matches_not_under_a_negation_either(
    claim: dict[str, Any], customer: dict[str, Any]
) -> None:
    situation = make_known(**customer)
    unknown = Condition(**claim)
    for condition in (unknown, Condition(not_=unknown), Condition(not_=Condition(not_=unknown))):
        assert holds(condition, situation) is None
    here, elsewhere = Condition(channel=("in_app",)), Condition(channel=("branch",))
    assert holds(Condition(all=(unknown, here)), situation) is None
    assert holds(Condition(all=(unknown, elsewhere)), situation) is False
    assert holds(Condition(any=(unknown, here)), situation) is True
    assert holds(Condition(any=(unknown, elsewhere)), situation) is None


@pytest.mark.parametrize("mode", ["nonpersonal", "holdout", "fallback"])
@pytest.mark.parametrize(
    "claim",
    [claim for claim, _ in CLAIMS if not claim.keys() & {"channel", "placement", "scene", "weekday"}],
)
def test_on_a_shelf_that_is_not_personal_nothing_is_known_of_the_customer(claim: dict[str, Any], mode: str) -> None:
    situation = make_situation(*PRODUCTS, mode=mode, gate=make_gate() if mode != "fallback" else Gate())
    assert holds(Condition(**claim), situation) is None


def test_all_that_is_named_must_hold_and_nothing_named_holds_always() -> None:
    situation = make_known()
    assert holds(ALWAYS, situation) is True
    assert holds(Condition(channel=("in_app",), stage=("cultivation",)), situation) is True
    assert holds(Condition(channel=("in_app",), stage=("value",)), situation) is False


def test_the_scene_of_medical_care_needs_a_consent_of_its_own() -> None:
    page = Query("in_app", "home", "medical")
    usual = make_gate().scopes - {"scene_medical"}
    assert scene_of(make_known(query=page, gate=make_gate(scopes=usual))) is None
    assert scene_of(make_known(query=page, gate=make_gate(scopes=usual | {"scene_medical"}))) == "medical"
    assert scene_of(make_known(query=page, gate=make_gate(scopes=frozenset({"scene_medical"})))) is None


def test_a_placement_says_the_scene_of_its_page() -> None:
    assert scene_of(make_known(query=Query("in_app", "travel"))) == "travel"
    assert scene_of(make_known(query=Query("in_app", "travel", "food"))) == "food"
    assert scene_of(make_known(query=Query("in_app", "wallet"))) is None


def test_an_affinity_that_nobody_gave_counts_as_one() -> None:
    nobody = {"tags": [{"tag": 0, "assigned": TODAY - 5, "affinity": np.nan}]}
    assert holds(Condition(tag=TagIs("k", affinity=Range(at_least=1))), make_known(past=nobody)) is True


def test_a_cancelled_purchase_was_none() -> None:
    gone = {"purchases": [{"category": TERM, "product": 0, "day": TODAY - 9, "weight": 1, "cancelled": TODAY - 8}]}
    assert holds(Condition(bought=Bought()), make_known(past=gone)) is False


def test_the_year_of_birth_is_all_that_is_known_of_the_age() -> None:
    assert holds(Condition(age=Range(at_least=40)), make_known(gate=make_gate(birth_year=YEAR - 40))) is True

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.policy import Policy
from shelf_rules.reasons import reason, tier_parts
from shelf_rules.situation import FIXED, MIGRATABLE, TRANSFERABLE, Situation, TierEvidence
from tests.factories import category_number, make_catalogue, make_evidence, make_past, make_product, make_situation
from tests.population import make_column

TERM = category_number("deposit.term")
CATALOGUE = make_catalogue(make_product("t", "deposit.term"))
NUMBER = {"fixed": FIXED, "migratable": MIGRATABLE, "transferable": TRANSFERABLE}
CODES = {
    "fixed": ("bought_again", "held_long", "large_share"),
    "migratable": ("recent_interest", "held_elsewhere", "maturing"),
    "transferable": ("next_step", "similar_customers", "life_stage"),
}


def make(tier: str, parts: tuple[float, float, float] = (0.3, 0.2, 0.1), **fields: Any) -> Situation:
    columns = {
        code: make_column(CATALOGUE, {"deposit.term": part}, np.nan)
        for code, part in zip(CODES[tier], parts, strict=True)
    }
    everywhere = np.ones(len(CATALOGUE.categories))
    evidence: dict[str, Any] = {
        name: make_column(CATALOGUE, {"deposit.term": value}) for name, value in fields.pop("evidence", {}).items()
    }
    return make_situation(
        catalogue=CATALOGUE,
        past=make_past(),
        evidence=make_evidence(CATALOGUE, **{"alive": everywhere} | evidence),
        tiers={tier: TierEvidence(everywhere, everywhere > 0, columns)},
        tier=make_column(CATALOGUE, {"deposit.term": NUMBER[tier]}).astype(np.int64),
        **fields,
    )


def told(situation: Situation, tier: str, *, explored: bool = False, **parts: float) -> str:
    """The reason of the product with these parts, the others being what explains nothing."""
    nothing = {"cf": 0.0, "tag": Policy().ranking[tier].tag / 2, "tier_score": 0.0, "popularity": 0.0}
    return reason(situation, tier, 0, nothing | parts, explored=explored)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"tier_score": 0.2, "cf": 0.19}, "bought_again"),
        ({"tier_score": 0.19, "cf": 0.2}, "similar_customers"),
        ({"popularity": 0.05}, "popular"),
        ({"tag": 0.30, "cf": 0.12}, "tag"),
        ({"tag": 0.30, "cf": 0.13}, "similar_customers"),
    ],
)
def test_the_reason_is_the_largest_component_of_the_score(parts: dict[str, float], code: str) -> None:
    assert told(make("fixed"), "fixed", **parts) == code


def test_the_constant_half_of_the_tag_explains_nothing() -> None:
    assert told(make("fixed"), "fixed", tag=0.175, popularity=0.01) == "popular"


def test_a_tag_that_speaks_against_the_product_is_never_its_reason() -> None:
    assert told(make("fixed"), "fixed", tag=0.0) == "bought_again"


@pytest.mark.parametrize(
    ("tier", "parts", "code"),
    [
        ("fixed", (0.1, 0.3, 0.2), "held_long"),
        ("fixed", (0.1, 0.2, 0.3), "large_share"),
        ("migratable", (0.3, 0.2, 0.1), "recent_interest"),
        ("migratable", (0.1, 0.2, 0.0), "held_elsewhere"),
        ("migratable", (0.1, 0.2, 0.3), "maturing"),
        ("transferable", (-0.1, -0.2, np.nan), "next_step"),
        ("transferable", (np.nan, -0.2, -0.1), "life_stage"),
        ("transferable", (0.1, 0.2, 0.1), "similar_customers"),
    ],
)
def test_the_tier_is_told_by_its_largest_term(tier: str, parts: tuple[float, float, float], code: str) -> None:
    assert told(make(tier, parts), tier, tier_score=0.2) == code


def test_of_equal_components_the_tiers_own_evidence_comes_first() -> None:
    situation = make("fixed", (0.2, 0.2 + 1e-12, 0.0))
    assert told(situation, "fixed", tier_score=0.1, cf=0.1, tag=0.275, popularity=0.1) == "bought_again"
    assert told(situation, "fixed", cf=0.1, tag=0.275, popularity=0.1) == "tag"


def test_terms_without_data_are_no_parts() -> None:
    assert tier_parts(make("transferable", (np.nan, 0.2, np.inf)), "transferable", TERM) == {"similar_customers": 0.2}


def test_a_tier_without_any_term_does_not_explain() -> None:
    assert told(make("transferable", (np.nan,) * 3), "transferable", tier_score=0.2, cf=0.1) == "similar_customers"


def test_overlays_take_precedence() -> None:
    assert told(make("fixed", overlay="dormant", evidence={"gap": 0.9}), "fixed", cf=0.2) == "wake_up"
    assert told(make("fixed", evidence={"gap": 0.9}), "fixed", cf=0.2) == "at_risk"
    assert told(make("transferable"), "transferable", cf=0.6, explored=True) == "explore"


def test_outside_tier_fixed_nothing_is_at_risk() -> None:
    situation = make("migratable", overlay="dormant", evidence={"gap": 0.9})
    assert told(situation, "migratable", tier_score=0.2) == "recent_interest"

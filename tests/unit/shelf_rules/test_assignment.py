from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.assignment import assign, quota
from shelf_rules.policy import Policy, TransferablePolicy
from shelf_rules.policy_rules import Quota
from shelf_rules.situation import FIXED, MIGRATABLE, NO_TIER, TRANSFERABLE, Situation, TierEvidence
from tests.factories import category_number, make_catalogue, make_past, make_product, make_situation
from tests.population import make_column

CODES = ("deposit.term", "cash.mmf", "fund.bond", "gold.accum")
TERM, MMF, BOND, GOLD = (category_number(code) for code in CODES)
CATALOGUE = make_catalogue(*(make_product(code, code) for code in CODES))


def tier(scores: dict[str, float], *, flag: bool = True) -> TierEvidence:
    return TierEvidence(make_column(CATALOGUE, scores), np.full(len(CATALOGUE.categories), flag), {})


def make(
    fixed: Any = None, migratable: Any = None, transferable: Any = None, *, flag: bool = True, **fields: Any
) -> Situation:
    return make_situation(
        catalogue=CATALOGUE,
        tiers={
            "fixed": tier(fixed or {}, flag=flag),
            "migratable": tier(migratable or {}, flag=flag),
            "transferable": tier(transferable or {}),
        },
        **{"stage": "cultivation", "eligible": np.ones(len(CODES), dtype=np.bool_)} | fields,
    )


def test_the_first_tier_that_is_reached_takes_the_category() -> None:
    everywhere = {"deposit.term": 0.9}
    assert assign(make(everywhere, everywhere, everywhere))[TERM] == FIXED
    assert assign(make({"deposit.term": 0.39}, everywhere, everywhere))[TERM] == MIGRATABLE
    assert assign(make(None, {"deposit.term": 0.34}, everywhere))[TERM] == TRANSFERABLE
    assert assign(make(None, None, {"deposit.term": 0.07}))[TERM] == NO_TIER


def test_without_past_and_present_evidence_only_the_future_is_left() -> None:
    everywhere = {"deposit.term": 0.9}
    assert assign(make(everywhere, everywhere, everywhere, flag=False))[TERM] == TRANSFERABLE


@pytest.mark.parametrize(
    ("previous", "expected"),
    [("fixed", FIXED), ("migratable", MIGRATABLE), ("transferable", TRANSFERABLE), (None, NO_TIER)],
)
def test_a_tier_is_kept_down_to_its_leave_threshold(previous: str | None, expected: int) -> None:
    past = make_past(previous=() if previous is None else ((TERM, previous),))
    situation = make({"deposit.term": 0.3}, {"deposit.term": 0.25}, {"deposit.term": 0.05}, past=past)
    assert assign(situation)[TERM] == expected


def test_a_previous_tier_of_a_category_that_is_unknown_now_is_ignored() -> None:
    past = make_past(previous=((10_000, "fixed"), (TERM, "no such tier")))
    assert assign(make({"deposit.term": 0.3}, past=past))[TERM] == NO_TIER


def test_a_category_none_of_whose_products_passes_has_no_tier() -> None:
    everywhere = dict.fromkeys(CODES, 0.9)
    tiers = assign(make(everywhere, eligible=np.array([True, False, False, True])))
    assert tiers[[TERM, MMF, BOND, GOLD]].tolist() == [FIXED, NO_TIER, NO_TIER, FIXED]
    assert not assign(make({"pension.fund": 0.9})).any()


def test_only_the_best_transferable_categories_stay_ties_by_number() -> None:
    policy = Policy(
        transferable=TransferablePolicy(per_slot=1), quotas={**Policy().quotas, "cultivation": Quota(3, 4, 2)}
    )
    scores = {"deposit.term": 0.2, "cash.mmf": 0.2, "fund.bond": 0.5, "gold.accum": 0.2}
    tiers = assign(make(None, None, scores, policy=policy))
    assert tiers[[TERM, MMF, BOND, GOLD]].tolist() == [TRANSFERABLE, NO_TIER, TRANSFERABLE, NO_TIER]


def test_the_overlay_decides_the_slots_where_there_is_one() -> None:
    assert quota(make(stage="acquisition")) == Quota(1, 4, 4)
    assert quota(make(stage="acquisition", overlay="dormant")) == Quota(3, 4, 2)

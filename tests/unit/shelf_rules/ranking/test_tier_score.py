from __future__ import annotations

import numpy as np

from shelf_rules.ranking.tier_score import tier_score
from shelf_rules.situation import FIXED, MIGRATABLE, TRANSFERABLE, TierEvidence
from tests.factories import make_catalogue, make_product, make_situation
from tests.population import make_column

CODES = ("deposit.term", "cash.mmf", "fund.bond", "gold.accum")
CATALOGUE = make_catalogue(*(make_product(code, code) for code in CODES))


def tier(score: float) -> TierEvidence:
    column = np.full(len(CATALOGUE.categories), score)
    return TierEvidence(column, column > 0, {})


def test_each_product_has_the_score_of_its_categorys_tier() -> None:
    numbers = {"deposit.term": FIXED, "cash.mmf": MIGRATABLE, "fund.bond": TRANSFERABLE}
    situation = make_situation(
        catalogue=CATALOGUE,
        tiers={"fixed": tier(0.5), "migratable": tier(0.4), "transferable": tier(0.1)},
        tier=make_column(CATALOGUE, numbers).astype(np.int64),
    )
    assert tier_score(situation, np.array([2, 0, 1, 3])).tolist() == [0.1, 0.5, 0.4, 0.0]


def test_before_assignment_there_is_none() -> None:
    assert not tier_score(make_situation(catalogue=CATALOGUE), np.arange(4)).any()

"""The candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from shelf_rules.shortlist import shortlist
from shelf_rules.situation import FIXED, NO_TIER, TRANSFERABLE
from tests.factories import (
    category_number,
    make_catalogue,
    make_evidence,
    make_past,
    make_product,
    make_scores,
    make_situation,
)
from tests.unit.shelf_rules.arrangement.slates import make_policy

TERMS = [make_product(f"t{number}") for number in range(4)]
BILLS = [make_product(f"b{number}", "pay.bill") for number in range(4)]
NAN = float("nan")


def listed(
    limit: int, *, held: tuple[int, ...] = (), passed: tuple[int, ...] = tuple(range(8)), **fields: Any
) -> list[int]:
    catalogue = make_catalogue(*TERMS, *BILLS)
    tier = np.full(len(catalogue.categories), NO_TIER)
    tier[[category_number("deposit.term"), category_number("pay.bill")]] = FIXED, TRANSFERABLE
    fields.setdefault("scores", make_scores(8, cf=[0.9, 0.8, 0.7, 0.6, 0.1, 0.2, 0.3, 0.4]))
    situation = make_situation(
        catalogue=catalogue,
        tier=tier,
        evidence=make_evidence(catalogue, held_products=np.isin(np.arange(8), held)),
        policy=make_policy(candidates=limit, slots=1),
        **fields,
    )
    return shortlist(situation, np.isin(np.arange(8), passed)).tolist()


def test_few_products_all_go_on() -> None:
    assert listed(8) == list(range(8))


def test_what_the_gate_withheld_does_not() -> None:
    assert listed(8, passed=(1, 5)) == [1, 5]


def test_a_category_without_a_tier_has_no_candidates() -> None:
    catalogue = make_catalogue(*TERMS)
    situation = make_situation(catalogue=catalogue, tier=np.zeros(len(catalogue.categories), dtype=np.int64))
    assert not len(shortlist(situation, np.ones(4, dtype=np.bool_)))
    situation.tier = None
    assert not len(shortlist(situation, np.ones(4, dtype=np.bool_)))


def test_categories_take_turns_with_their_best() -> None:
    assert listed(3) == [0, 1, 7]


def test_a_product_without_a_score_comes_after_the_others() -> None:
    scores = make_scores(8, cf=[NAN, 0.8, 0.7, 0.6, NAN, NAN, NAN, NAN], popularity=[9, 0, 0, 0, 1, 5, 2, 3])
    assert listed(4, scores=scores) == [1, 2, 5, 7]


def test_popularity_then_the_id_decide_where_there_is_no_score() -> None:
    scores = make_scores(8, popularity=[1, 1, 3, 0, 2, 2, 2, 2])
    assert listed(4, scores=scores) == [0, 2, 4, 5]


def test_what_is_held_or_was_bought_is_never_cut() -> None:
    past = make_past(purchases=[{"product": 5, "category": 0, "day": 1}, {"product": 99, "category": 0, "day": 1}])
    assert listed(3, held=(3,), past=past) == [0, 3, 5]
    assert listed(1, held=(2, 3), past=past) == [2, 3, 5]

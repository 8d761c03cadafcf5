from __future__ import annotations

import numpy as np
import pytest

from shelf_rules.ranking.cf import cf
from tests.factories import make_product, make_scores, make_situation

PRODUCTS = [make_product(f"p{number}") for number in range(5)]
ROWS = np.arange(5)


def test_scores_become_percentiles_and_equals_share_their_middle_rank() -> None:
    situation = make_situation(*PRODUCTS, scores=make_scores(5, cf=[0.3, 0.1, 0.3, 0.9, 0.2]))
    assert cf(situation, ROWS).tolist() == [0.625, 0.0, 0.625, 1.0, 0.25]


def test_scores_that_differ_in_the_last_bits_are_equals() -> None:
    situation = make_situation(*PRODUCTS[:2], scores=make_scores(2, cf=[0.3, 0.3 + 1e-15]))
    assert cf(situation, ROWS[:2]).tolist() == [0.5, 0.5]


def test_a_product_without_a_score_stands_at_the_bottom_and_counts_for_nobody() -> None:
    situation = make_situation(*PRODUCTS, scores=make_scores(5, cf=[0.3, np.nan, 0.1, np.inf, -np.inf]))
    assert cf(situation, ROWS).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_without_scores_the_term_explains_nothing() -> None:
    assert not cf(make_situation(*PRODUCTS), ROWS).any()


def test_the_percentile_is_among_all_candidates_not_among_those_of_the_tier() -> None:
    situation = make_situation(
        *PRODUCTS, scores=make_scores(5, cf=[0.3, 0.1, 0.4, 0.9, 0.2]), candidates=np.array([0, 1, 2, 4])
    )
    assert cf(situation, np.array([1, 2])) == pytest.approx([0.0, 1.0])
    assert cf(situation, np.array([0])) == pytest.approx([2 / 3])


def test_nothing_is_ranked_where_there_is_nothing() -> None:
    assert len(cf(make_situation(*PRODUCTS, scores=make_scores(5, cf=[0.1] * 5)), ROWS[:0])) == 0

"""The order of popularity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shelf_rules.popular import popular_first, rows_by_popularity
from tests.factories import make_catalogue, make_facts, make_product, make_scores, make_situation

CATALOGUE = make_catalogue(*(make_product(product_id) for product_id in ("d", "b", "a", "c")))
SCORES = make_scores(4, popularity=[2, 1, 1, 5])


def test_the_most_popular_come_first_and_equals_in_the_order_of_their_ids() -> None:
    assert popular_first(SCORES.popularity, CATALOGUE).tolist() == [3, 0, 2, 1]


def test_an_order_sorted_before_gives_the_same_rows() -> None:
    mask = np.array([True, True, True, False])
    sorted_before = replace(SCORES, order=popular_first(SCORES.popularity, CATALOGUE))
    for scores in (SCORES, sorted_before):
        situation = make_situation(catalogue=CATALOGUE, facts=make_facts(CATALOGUE, scores=scores))
        assert rows_by_popularity(situation, mask).tolist() == [0, 2, 1]

from __future__ import annotations

import numpy as np

from shelf_rules.ranking.popularity import popularity
from tests.factories import make_product, make_scores, make_situation


def test_it_is_the_rank_of_the_asked_rows() -> None:
    products = [make_product(f"p{number}") for number in range(4)]
    situation = make_situation(*products, scores=make_scores(4, popularity=[5, 1, 7, 1]))
    assert popularity(situation, np.array([2, 1])).tolist() == [0.875, 0.25]

from __future__ import annotations

import numpy as np
from scipy.special import expit

from recommender.at_least_one import at_least_one
from recommender.ranker import LISTING, TRANSFERABLE
from recommender.scorer import Scorer
from service.study.orders import POPULARITY, orders
from tests.unit.service.study.truth import small, trained

PRODUCTS = np.append(small().product_no, 5_000)


def test_the_list_is_the_one_that_evaluation_reads() -> None:
    data = small().data
    customers = np.arange(data.customers)
    listed = Scorer(trained(), PRODUCTS).listing(data, customers, np.full(len(customers), data.as_of))
    found = orders(trained(), data, PRODUCTS)[LISTING]
    assert np.allclose(at_least_one(expit(found[:, :-1])), listed[:, :-1], rtol=0, atol=1e-7)
    assert np.isnan(found[:, -1]).all()  # never heard of


def test_a_blend_that_training_left_out_orders_as_popularity() -> None:
    found = orders(trained(), small().data, PRODUCTS)
    kept = trained().manifest["models"]["ranker"]["blends"]
    assert TRANSFERABLE not in kept  # everybody has had every category
    assert set(found) == {LISTING, TRANSFERABLE, POPULARITY}
    assert (found[TRANSFERABLE][:, :-1] == found[POPULARITY][:, :-1]).all()

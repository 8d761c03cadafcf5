"""A bank of tastes with its truth, tags and evidence, made by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from recommender.artifact import Artifact
from recommender.ranker import TRANSFERABLE
from recommender.tag_quality.evidence import NEVER
from recommender.train import TrainingSettings, fit
from recommender.training_data import TagMeanings, TagQuality, Tags
from service.study.orders import orders
from service.study.truth_bank import TruthBank
from tests.unit.recommender.bank import AS_OF, CATEGORIES, bank_of_tastes
from tests.unit.recommender.tag_world import evidence_of

CARRIERS = np.arange(10, 290)
"""The customers, by their number in the data, who may carry tags."""


@cache
def trained() -> Artifact:
    """The small bank's model."""
    return fit(small().data, TrainingSettings(als_grid=()))


@cache
def small() -> TruthBank:
    """Tags 0 and 1 claim a category each, tag 2 nothing; every carrier has two or three of them."""
    data = bank_of_tastes()
    rng = np.random.default_rng(3)
    carried = rng.random((len(CARRIERS), 3)) < 0.7
    place, tag = np.nonzero(carried)
    assigned = AS_OF - rng.integers(1, 300, len(place))
    tags = Tags(CARRIERS[place], tag, assigned, np.full(len(place), -1), rng.random(len(place)))
    claims = np.zeros((3, CATEGORIES))
    claims[0, 0] = claims[1, 1] = 1.0
    data = replace(
        data,
        tags=tags,
        tag_quality=TagQuality(values=np.array([[0.5, 0.5, 0.5]])),
        tag_meanings=TagMeanings(claims, np.array([180.0, 180.0, np.inf])),
    )
    table = np.full((len(CARRIERS), 3), NEVER, np.int32)
    table[place, tag] = assigned
    products = np.unique(data.events.product[data.events.product >= 0])
    preference = rng.dirichlet(np.ones(CATEGORIES), data.customers)[:, products % CATEGORIES]
    shape = preference.shape
    return TruthBank(
        data=data,
        evidence=evidence_of(customers=len(CARRIERS), claims=[[0], [1], []], assigned=table),
        carriers=CARRIERS,
        product_no=products,
        category=products % CATEGORIES,
        preference=preference,
        free=np.ones(shape, np.bool_),
        new=rng.random(shape) < 0.5,
        holdings=rng.integers(0, 9, data.customers),
        judged=np.arange(data.customers) % 10 > 0,
        trusted=np.array([True, True, True]),
        unmeasured=0.5,
        served=lambda artifact, data, among: np.where(among, orders(artifact, data, products)[TRANSFERABLE], np.nan),
    )

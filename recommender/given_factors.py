"""Item factors that were fitted elsewhere, by Spark's ALS: what they must be, and the model they make.

Spark solves (YᵀY + Σ alpha·r y yᵀ + regParam·n·I) x = Σ (1 + alpha·r) y over the n positive r of a customer
(`ALS.scala`, computeFactors): `models.als` with lambda_mode `freq`, the weight w for r, the same alpha and regParam.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from recommender.factorisation import factors_allowed
from recommender.interactions import Items
from recommender.models.als import Als
from recommender.training_data import Floats, Ints, TrainingData

_TOLD = 3


class FactorsError(ValueError):
    """The factors break a rule; the message names the cut, the field and the rule."""


class ItemFactors(NamedTuple):
    """One set of factors: product numbers, ascending, and the factors of each [products, rank]."""

    product: Ints
    factors: Floats


@dataclass(frozen=True, slots=True, eq=False)
class GivenFactors:
    """Sets of factors by the last day that each has seen, and the settings they were fitted with, by Spark's names."""

    rank: int
    alpha: float
    reg_param: float
    by_day: Mapping[int, ItemFactors]

    def at(self, day: int, items: Items) -> Als:
        """The model of some items, by the newest set that ends by that day; items without factors score 0."""
        known = [cut for cut in self.by_day if cut <= day]
        if not known:
            raise FactorsError(f"cut {date_text(day)}: no factors of that day or before it")
        product, factors = self.by_day[max(known)]
        table = np.zeros((len(items.product), self.rank))
        table[items.rows(product)] = factors
        return Als(table, self.alpha, self.reg_param, "freq")

    def to_manifest(self) -> dict[str, Any]:
        """What the artifact says of them."""
        return {"factors": self.rank, "regularisation": self.reg_param, "alpha": self.alpha, "fitted": "elsewhere"}

    def check(self, data: TrainingData, items: Items, cuts: Sequence[int]) -> None:
        """Raises FactorsError unless there is a set for every cut, of the products known at that cut and no other."""
        most = factors_allowed(len(items.product))
        if self.rank > most:
            raise FactorsError(f"rank: {self.rank} factors for {len(items.product)} products; at most {most}")
        for day in cuts:
            if day not in self.by_day:
                there = ", ".join(map(date_text, sorted(self.by_day))) or "none"
                raise FactorsError(f"cut {date_text(day)}: no factors; there are those of {there}")
            given, known = self.by_day[day].product, Items.of(data.before(day + 1)).product
            for found, rule in (
                (np.setdiff1d(given, items.product), "nobody ever had to do with"),
                (np.setdiff1d(given, known), "knows the future: up to that day nobody had to do with"),
                (np.setdiff1d(known, given), "has no factors of"),
            ):
                if len(found):
                    raise FactorsError(f"cut {date_text(day)}: id: {rule} product {_listed(found.tolist())}")


def date_text(day: int) -> str:
    """A day number as YYYY-MM-DD."""
    return str(np.datetime64(day, "D"))


def _listed(products: Sequence[int]) -> str:
    more = f" and {len(products) - _TOLD} more" if len(products) > _TOLD else ""
    return ", ".join(map(str, products[:_TOLD])) + more

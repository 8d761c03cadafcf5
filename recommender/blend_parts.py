"""The fits that make one blend, and the rows that each of them learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from recommender.features import KINDS, kind_of, seen
from recommender.logistic import Fitted, Rows, fit_logistic
from recommender.ranker import Blend
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats


class Group(NamedTuple):
    """The rows that one fit of a blend learns from; `kind` is None for the fit of both kinds."""

    kind: int | None
    fitted: Fitted
    features: Rows
    truth: Bools
    weight: Floats

    def again(self, without: list[int] | None = None) -> Fitted:
        """The fit on these rows with the penalty that it has, from its weights on."""
        return fit_logistic(
            self.features, self.truth, self.weight, self.fitted.l2, self.fitted, without=without or ()
        )  # fmt: skip


class Parts(NamedTuple):
    """The fits of a blend: one for products had and never had together, and those kinds that have their own."""

    both: Fitted
    own: Mapping[int, Fitted]

    def blend(self) -> Blend:
        """The weights by kind."""
        parts = [self.own.get(kind, self.both) for kind in range(KINDS)]
        return Blend(np.stack([part.weights for part in parts]), np.array([part.constant for part in parts]))

    def groups(self, rows: RankingRows, weight: Floats, unknown: Mapping[int, RankingRows]) -> Iterator[Group]:
        """What each fit learns from; that of both kinds comes first. `unknown` are rows of whom nothing is known."""
        kinds = kind_of(rows.features.T)
        inside = seen(kinds)
        yield Group(None, self.both, rows.features[inside], rows.truth[inside], weight[inside])
        for kind, fitted in self.own.items():
            if kind in unknown:
                own = unknown[kind]
                yield Group(kind, fitted, own.features, own.truth, own.weight())
            else:
                inside = kinds == kind
                yield Group(kind, fitted, rows.features[inside], rows.truth[inside], weight[inside])

    def again(self, rows: RankingRows, weight: Floats, unknown: Mapping[int, RankingRows]) -> Parts:
        """The same fits, penalties kept, on other rows."""
        fits = {group.kind: group.again() for group in self.groups(rows, weight, unknown)}
        return Parts(fits[None], {kind: fit for kind, fit in fits.items() if kind is not None})

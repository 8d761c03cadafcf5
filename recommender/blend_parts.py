"""The fits that make one blend, and the rows that each of them learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recommender.features import KINDS, kind_of, seen
from recommender.logistic import Fitted, Rows, fit_logistic
from recommender.ranker import Blend
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats, Ints

FOLDS = 4


class Mixture(NamedTuple):
    """What a blend learns from: rows with weights, and by kind the rows of customers of whom nothing is known."""

    rows: RankingRows
    weight: Floats
    unknown: Mapping[int, RankingRows]

    def without(self, fold: int) -> Mixture:
        """That of the customers who are not in one of the `FOLDS`."""
        unknown = {kind: _without(rows, fold) for kind, rows in self.unknown.items()}
        return Mixture(_without(self.rows, fold), self.weight[fold_of(self.rows) != fold], unknown)


def fold_of(rows: RankingRows) -> Ints:
    """In which of the `FOLDS` each row is: all of a customer are in one."""
    found: Ints = rows.owner[rows.customer] % FOLDS
    return found


def _without(rows: RankingRows, fold: int) -> RankingRows:
    return rows.of(rows.owner % FOLDS != fold)


class Group(NamedTuple):
    """The rows that one fit of a blend learns from; `kind` is None for the fit of both kinds."""

    kind: int | None
    fitted: Fitted
    features: Rows
    truth: Bools
    weight: Floats

    def fit(self, without: Sequence[int] = ()) -> Fitted:
        """The fit on these rows with the penalty that it has, from its weights on."""
        own = self.fitted
        return fit_logistic(self.features, self.truth, self.weight, own.l2, own, without=without)


class Parts(NamedTuple):
    """The fits of a blend: one for products had and never had together, and those kinds that have their own."""

    both: Fitted
    own: Mapping[int, Fitted]

    def blend(self) -> Blend:
        """The weights by kind."""
        parts = [self.own.get(kind, self.both) for kind in range(KINDS)]
        return Blend(np.stack([part.weights for part in parts]), np.array([part.constant for part in parts]))

    def groups(self, mixture: Mixture) -> Iterator[Group]:
        """What each fit learns from; that of both kinds comes first."""
        rows, weight, unknown = mixture
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

    def learnt_from(self, mixture: Mixture) -> Parts:
        """The same fits, penalties kept, on other rows; that of both kinds only where some kind has none of its own."""
        shared = len(self.own) < KINDS
        fits = {group.kind: group.fit() for group in self.groups(mixture) if shared or group.kind is not None}
        return Parts(fits.pop(None, self.both), {kind: fit for kind, fit in fits.items() if kind is not None})

"""Scores as ranked lists: the best products and the place of every product that was bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.training_data import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """A block of rankings; `scores` [rankings, items] in the order of ties, −inf for what is no candidate."""

    scores: Floats
    tie_order: Ints

    @classmethod
    def of(cls, scores: Floats, candidates: Bools, tie_order: Ints) -> Ordered:
        """`tie_order` lists the items as equal scores are to be ranked; nan is no candidate."""
        allowed = candidates & ~np.isnan(scores)
        return cls(np.where(allowed, scores, -np.inf)[:, tie_order], tie_order)

    def top(self, k: int) -> Ints:
        """The first k items of each ranking [rankings, k], -1 where there are fewer candidates."""
        scores = self.scores
        size = scores.shape[1]
        k = min(k, size)
        if not k or not len(scores):
            return np.full((len(scores), k), -1)
        least = np.partition(scores, size - k, axis=1)[:, size - k : size - k + 1]
        above = scores > least
        equal = scores == least
        missing = k - above.sum(axis=1, keepdims=True)
        chosen = above | (equal & (np.cumsum(equal, axis=1, dtype=np.int32) <= missing))
        columns = np.nonzero(chosen)[1].reshape(len(scores), k)
        found = np.take_along_axis(scores, columns, axis=1)
        best = np.argsort(-found, axis=1, kind="stable")
        items = self.tie_order[np.take_along_axis(columns, best, axis=1)]
        return np.where(np.isneginf(np.take_along_axis(found, best, axis=1)), -1, items)

    def places(self, ranking: Ints, item: Ints) -> Ints:
        """The place, from 1, of each of these items in its ranking; 0 where it is no candidate."""
        column = np.empty(len(self.tie_order), np.int64)
        column[self.tie_order] = np.arange(len(self.tie_order))
        own = self.scores[ranking, column[item]][:, None]
        others = self.scores[ranking]
        earlier = np.arange(others.shape[1]) < column[item][:, None]
        place = 1 + ((others > own) | ((others == own) & earlier)).sum(axis=1)
        return np.where(np.isneginf(own[:, 0]), 0, place)

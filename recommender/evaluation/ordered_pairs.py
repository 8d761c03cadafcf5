"""How many pairs of a hit and a miss a score has in order, and what each entry contributes to that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.training_data import Floats, Ints


class OrderedPairs(NamedTuple):
    """`share` of the pairs of a hit and a miss of one group in which the hit has the higher score, ties half.

    With one group that is the area under the ROC curve. `pull` is the derivative of the share by the weight of each
    entry (they sum to 0): by its sums over customers the share's sampling error is known (Hájek's projection).
    """

    share: float
    pull: Floats

    @classmethod
    def of(cls, score: Floats, hits: Floats, misses: Floats, group: Ints) -> OrderedPairs:
        """One entry a score, `hits` and `misses` being how many of each stand behind it; nan without any pair."""
        order = np.lexsort((score, group))
        own, of = score[order], group[order]
        fresh = np.ones(len(order), np.bool_)
        fresh[1:] = (np.diff(of) != 0) | (np.diff(own) != 0)
        starts = np.flatnonzero(fresh)
        tied = np.cumsum(fresh) - 1  # entries of one group and score are one level
        up, down = (_summed(one[order], starts) for one in (hits, misses))
        groups = np.unique(of[starts], return_inverse=True)[1]
        all_up, all_down = (np.bincount(groups, one).astype(np.float64) for one in (up, down))
        pairs = float((all_up * all_down).sum())
        if not pairs:
            return cls(float("nan"), np.zeros(len(score)))
        below = np.cumsum(down) - down / 2 - _before(all_down)[groups]
        above = all_up[groups] - (np.cumsum(up) - up / 2 - _before(all_up)[groups])
        share = float((up * below).sum() / pairs)
        gain, loss = below - share * all_down[groups], above - share * all_up[groups]
        pull = np.empty(len(score))
        pull[order] = (hits[order] * gain[tied] + misses[order] * loss[tied]) / pairs
        return cls(share, pull)


def _summed(values: Floats, starts: Ints) -> Floats:
    sums = np.add.reduceat(values, starts) if len(starts) else values
    return np.asarray(sums, dtype=np.float64)


def _before(sums: Floats) -> Floats:
    return np.asarray(np.cumsum(sums) - sums)

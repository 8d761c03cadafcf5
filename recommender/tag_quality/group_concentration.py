"""Fund concentration of a whole tag: the carriers' shares of new money over what their peers would have put there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality.gamma_prior import gamma_prior
from recommender.training_data import Bools, Floats

NEUTRAL_QUOTIENT = (1.0, 1.0)
"""The prior where too few tags have seen any money: as the peers."""
FEWEST = 3  # tags


class GroupConcentration(NamedTuple):
    """Location quotient and ℓ = LQ / (1 + LQ), each [tags, 1 + stages]; ℓ of an aversion is 1 − that."""

    lq: Floats
    concentration: Floats

    @classmethod
    def of(cls, observed: Floats, expected: Floats, polarity: Floats) -> GroupConcentration:
        """From sums over the carriers of (tag, level): of their shares, and of their peers' usual shares.

        A mean of the carriers' own ℓ would say how common a category is: ℓ is concave, and most carriers put nothing
        or all into one. The quotient is drawn to that of all tags of the same polarity, as a Poisson rate with a gamma
        prior fitted to them: shares are no more spread than counts of 0 and 1. A stage is drawn to its tag by the same
        strength. Where nothing is expected the quotient is 1 (π = 0 says nothing).
        """
        lq = np.ones_like(observed)
        for group in (polarity > 0, polarity <= 0):
            a, b = _prior(observed[group, 0], expected[group, 0])
            whole = (a + observed[group, :1]) / (b + expected[group, :1])
            lq[group] = np.concatenate([whole, (b * whole + observed[group, 1:]) / (b + expected[group, 1:])], axis=1)
        lq = np.where(expected[:, :1] > 0, lq, 1.0)
        share = lq / (1 + lq)
        return cls(lq, np.where(polarity[:, None] > 0, share, 1 - share))


def _prior(observed: Floats, expected: Floats) -> tuple[float, float]:
    known: Bools = expected > 0
    return gamma_prior(observed[known], expected[known]) if known.sum() >= FEWEST else NEUTRAL_QUOTIENT

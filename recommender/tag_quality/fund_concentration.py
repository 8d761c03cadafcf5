"""Fund concentration of a tag: does the customer's new money go to its category more than the peers' does?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.training_data import Floats


class FundConcentration(NamedTuple):
    """Location quotient LQ (1: as the peers) and LQ / (1 + LQ) in [0, 1)."""

    lq: Floats
    concentration: Floats

    @classmethod
    def of(
        cls, inflow: Floats | float, total: Floats | float, *, peer_share: Floats | float, prior: Floats | float
    ) -> FundConcentration:
        """From net new money of the category and in all, both ≥ 0; `prior` is money added at the peers' share π.

        π = 0 says nothing and gives a concentration of 0.5.
        """
        share = np.asarray(peer_share, dtype=np.float64)
        own = (inflow + prior * share) / (np.asarray(total, dtype=np.float64) + prior)
        lq = np.where(share > 0, own / np.where(share > 0, share, 1.0), 1.0)
        return cls(lq, np.asarray(lq / (1 + lq), dtype=np.float64))

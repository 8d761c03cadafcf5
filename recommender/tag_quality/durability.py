"""Durability of a tag: how likely its preference outlives another horizon."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats

HORIZON_DAYS = 180.0


def durability(
    ended: Floats | float,
    exit_days: Floats | float,
    *,
    a: Floats | float,
    b: Floats | float,
    horizon: Floats | float = HORIZON_DAYS,
) -> Floats:
    """P(the preference survives `horizon` more days) with a Gamma(a, b) hazard (Lomax), in (0, 1].

    `ended` counts ended spells, `exit_days` the days on which leaving was possible: locked days are no loyalty.
    """
    lived = b + np.asarray(exit_days, dtype=np.float64)
    return np.asarray((lived / (lived + horizon)) ** (a + np.asarray(ended)), dtype=np.float64)

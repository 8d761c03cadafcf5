"""Products that the customer has dismissed lately, with the other issues of their series."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools
from shelf_rules.policy import DAY_US
from shelf_rules.situation import Situation


def customer_dismissed(situation: Situation) -> Bools:
    """Rows dismissed less than `dismissed_days` × 24 h before now, and rows of the same series."""
    catalogue, now_us = situation.catalogue, situation.facts.now_us
    window = situation.policy.fatigue.dismissed_days * DAY_US
    recent = [number for number, at_us in situation.facts.gate.dismissed if 0 <= now_us - at_us < window]
    if not recent:
        return catalogue.no_rows
    rows = catalogue.rows(np.array(recent, dtype=np.int64))
    rows = rows[rows != UNKNOWN]
    series = np.zeros(len(catalogue) + 1, dtype=np.bool_)  # numbers of series are below the number of rows
    series[catalogue.series[rows]] = True
    series[UNKNOWN] = False
    unwanted: Bools = series[catalogue.series]
    unwanted[rows] = True
    return unwanted

"""Products that the customer has seen again and again without a click."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Catalogue, Ints
from shelf_rules.facts import Records
from shelf_rules.situation import FIXED, Situation


def seen_too_often(situation: Situation) -> Bools:
    """Rows with at least `impressions` in the last `window_days` and no click in them, unless in tier fixed."""
    catalogue, past, today = situation.catalogue, situation.facts.past, situation.facts.today
    if past is None or len(past.impressions) == 0:
        return catalogue.no_rows
    fatigue = situation.policy.fatigue
    days = (today - fatigue.window_days, today)
    rows, places = _rows(catalogue, past.impressions, days)
    seen = np.bincount(rows, weights=past.impressions["count"][places], minlength=len(catalogue))
    often: Bools = seen >= fatigue.impressions
    if not often.any():
        return catalogue.no_rows
    often[_rows(catalogue, past.clicks, days)[0]] = False
    return often & ~situation.rows_in(FIXED)


def _rows(catalogue: Catalogue, records: Records, days: tuple[int, int]) -> tuple[Ints, Ints]:
    """Rows of the catalogue, and places in `records`, of what happened after the first of `days` up to the second."""
    happened, rows = records["day"], catalogue.rows(records["product"])
    places = np.flatnonzero((rows != UNKNOWN) & (happened > days[0]) & (happened <= days[1]))
    return rows[places], places

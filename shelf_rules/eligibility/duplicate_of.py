"""Near-duplicates of products that already have a place."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Bools, Ints
from shelf_rules.situation import Situation


def duplicate_of(situation: Situation, placed_rows: Ints) -> Bools:
    """Rows of the series or the twin group of a placed row; the placed rows are among them."""
    catalogue = situation.catalogue
    alike = _sharing(catalogue.twin, placed_rows)
    alike |= _sharing(catalogue.series, placed_rows)
    return alike


def _sharing(groups: Ints, rows: Ints) -> Bools:
    taken = np.zeros(len(groups) + 1, dtype=np.bool_)  # group numbers are below the number of rows
    taken[groups[rows]] = True
    taken[-1] = False  # where a row without a group ends up
    shared: Bools = taken[groups]
    return shared

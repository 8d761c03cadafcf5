"""Products above the customer's risk capacity, or without the grade that they need (适当性管理办法 Art 12)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shelf_rules.catalogue import HIGHEST_GRADE, Bools, Catalogue
from shelf_rules.situation import Situation


def risk_mismatch(situation: Situation) -> Bools:
    """Rows whose effective grade does not match the capacity, and rows that need a grade and have none.

    A grade is compared wherever there is one, whatever the regime; only where no assessment is needed and the capacity
    is unknown is there nothing to compare it with.
    """
    capacity = situation.facts.gate.capacity
    return _mismatch(situation.catalogue, capacity, situation.regime.grades.get(capacity, frozenset()))


@lru_cache(maxsize=16)
def _mismatch(catalogue: Catalogue, capacity: int, matching: frozenset[int]) -> Bools:
    above = np.array([grade > 0 and grade not in matching for grade in range(HIGHEST_GRADE + 1)], dtype=np.bool_)
    mismatch: Bools = above[catalogue.grade]
    if capacity == 0:
        mismatch &= catalogue.needs_assessment
    mismatch |= catalogue.needs_grade & (catalogue.grade == 0)
    mismatch.setflags(write=False)  # shared by shelves
    return mismatch

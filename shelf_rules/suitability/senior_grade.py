"""High grades are shown to seniors only where they stand in the fixed tier (special care, 适当性管理办法)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import FIXED, Situation


def senior_grade(situation: Situation) -> Bools:
    """For a senior, rows of a grade above the limit anywhere but in tier fixed; an unknown age is a senior's.

    The age is the calendar years since birth: whoever turns 65 this year is one.
    """
    catalogue, regime, birth_year = situation.catalogue, situation.regime, situation.facts.gate.birth_year
    if birth_year is not None and situation.facts.year - birth_year < regime.senior_age:
        return catalogue.no_rows
    high: Bools = catalogue.grade > regime.senior_max_grade
    return high & ~situation.rows_in(FIXED)

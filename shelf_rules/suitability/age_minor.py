"""Products that are not for minors (算法推荐规定 Art 18)."""

from __future__ import annotations

import numpy as np

from shelf_rules.assessment import is_in_force
from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def age_minor(situation: Situation) -> Bools:
    """For a minor, rows of the excluded zones (shown there or belonging there) and categories, and whatever is credit.

    The age is taken one year less than the calendar years since birth: the birthday may be still to come. Without a
    birth year only a valid assessment, which no minor is given, says that the customer is none.
    """
    catalogue, regime = situation.catalogue, situation.regime
    if not _is_minor(situation):
        return catalogue.no_rows
    categories = catalogue.categories
    zones = np.array([zone in regime.minor_zones for zone in categories.zones], dtype=np.bool_)
    codes = np.array([code in regime.minor_categories for code in categories.codes], dtype=np.bool_)
    excluded: Bools = zones[catalogue.zone] | (zones[categories.zone] | codes)[catalogue.category] | catalogue.credit
    return excluded


def _is_minor(situation: Situation) -> bool:
    birth_year = situation.facts.gate.birth_year
    if birth_year is None:
        return not is_in_force(situation.facts, situation.regime)
    return situation.facts.year - birth_year - 1 < situation.regime.minor_age

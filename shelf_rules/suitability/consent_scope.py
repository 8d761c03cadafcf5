"""Products of categories that may only be shown with the customer's separate consent (个人信息保护法 Art 28)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue
from shelf_rules.situation import Situation


def consent_scope(situation: Situation) -> Bools:
    """Rows of a category whose consent scope is not in force."""
    catalogue, scopes = situation.catalogue, situation.facts.gate.scopes
    lacking = [code for code, scope in situation.regime.scopes_needed.items() if scope not in scopes]
    return _of_categories(catalogue, tuple(lacking)) if lacking else catalogue.no_rows


@lru_cache(maxsize=8)
def _of_categories(catalogue: Catalogue, codes: tuple[str, ...]) -> Bools:
    numbers = [catalogue.categories.number[code] for code in codes if code in catalogue.categories.number]
    lacking = np.isin(catalogue.category, numbers)
    lacking.setflags(write=False)  # shared by shelves
    return lacking

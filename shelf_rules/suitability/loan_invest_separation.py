"""Loans and investments do not share a zone: borrowed money is not to be invested."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Bools, Ints
from shelf_rules.situation import Situation


def loan_invest_separation(situation: Situation, placed_rows: Ints) -> Bools:
    """Credit rows in a zone with a placed investment, and investments in a zone with a placed credit row."""
    catalogue = situation.catalogue
    if not situation.regime.loan_invest_separation:
        return catalogue.no_rows
    invested, lent = np.zeros((2, len(catalogue.categories.zones)), dtype=np.bool_)
    invested[catalogue.zone[placed_rows[catalogue.investment[placed_rows]]]] = True
    lent[catalogue.zone[placed_rows[catalogue.credit[placed_rows]]]] = True
    mixed: Bools = (catalogue.credit & invested[catalogue.zone]) | (catalogue.investment & lent[catalogue.zone])
    return mixed

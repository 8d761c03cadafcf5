"""Products of which nothing is left to sell."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def quota_full(situation: Situation) -> Bools:
    """Rows whose quota is known and used up."""
    empty: Bools = situation.catalogue.quota_left == 0
    return empty

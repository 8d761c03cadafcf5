"""Private offerings: they are never shown to the public (网络营销办法 Art 6)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def private_offering(situation: Situation) -> Bools:
    """Rows offered privately or standing in a zone of private offerings."""
    return situation.catalogue.private

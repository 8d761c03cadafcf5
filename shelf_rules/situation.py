"""What every component of one decision sees: the facts, the catalogue, the policy, the law and the evidence so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue, Ints
from shelf_rules.evidence import Evidence
from shelf_rules.facts import Facts
from shelf_rules.policy import Policy
from shelf_rules.regime import Regime

NO_TIER, FIXED, MIGRATABLE, TRANSFERABLE = 0, 1, 2, 3


@dataclass(slots=True, eq=False)
class Situation:
    """The state of one decision while it is taken; `decide` fills `evidence` and `tier` once, components only read."""

    facts: Facts
    catalogue: Catalogue
    policy: Policy
    regime: Regime
    evidence: Evidence | None = None  # personal shelves only
    tier: Ints | None = None  # per category number: NO_TIER, FIXED, MIGRATABLE, TRANSFERABLE; None before assignment

    def rows_in(self, tier: int) -> Bools:
        """Catalogue rows whose category stands in `tier`; none before tiers are assigned."""
        if self.tier is None:
            return np.zeros(len(self.catalogue), dtype=np.bool_)
        rows: Bools = self.tier[self.catalogue.category] == tier
        return rows

"""What every component of one decision sees: the facts, the catalogue, the policy, the law and the evidence so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue, Floats, Ints
from shelf_rules.decision import TIERS
from shelf_rules.evidence import Evidence
from shelf_rules.facts import Facts, Stage
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import ShelfRule
from shelf_rules.regime import Regime

NO_TIER, FIXED, MIGRATABLE, TRANSFERABLE = 0, 1, 2, 3
_NUMBER = {name: number for number, name in enumerate(TIERS, start=FIXED)}


@dataclass(frozen=True, slots=True, eq=False)
class TierEvidence:
    """What one tier says of every category; columns over category numbers."""

    score: Floats  # F, M or T, to nine decimals
    flag: Bools  # past or present evidence of §3 and §4, kept on easier terms while the previous tier is this one
    parts: Mapping[str, Floats]  # the summands that explain the score, by reason code; nan where one has no data
    inputs: Mapping[str, Floats] = field(default_factory=dict)  # what the score was made of, for explanations


@dataclass(slots=True, eq=False)
class Situation:
    """The state of one decision while it is taken: `decide` fills each part once, components only read."""

    facts: Facts
    catalogue: Catalogue
    policy: Policy
    regime: Regime
    evidence: Evidence | None = None  # personal shelves only
    eligible: Bools | None = None  # rows that passed the gate, before tiers are known
    candidates: Ints | None = None  # rows that go on to the ranking terms, ascending; None: those handed to a term
    terms: Mapping[str, Floats] | None = None  # the ranking terms of the candidates, once worked out
    stage: Stage | None = None
    overlay: str | None = None  # dormant | churned
    segments: Mapping[str, bool | None] = field(default_factory=dict)  # value segment -> whether the customer is in it
    fired: tuple[ShelfRule, ...] = ()  # the rules of the policy that act
    raised: Mapping[str, Floats] = field(default_factory=dict)  # part -> what it adds to the score of every row
    tiers: Mapping[str, TierEvidence] = field(default_factory=dict)  # fixed, migratable, transferable
    tier: Ints | None = None  # per category number: NO_TIER, FIXED, MIGRATABLE, TRANSFERABLE; None before assignment
    _previous: Ints | None = None

    def rows_in(self, tier: int) -> Bools:
        """Catalogue rows whose category stands in `tier`; none before tiers are assigned."""
        if self.tier is None:
            return np.zeros(len(self.catalogue), dtype=np.bool_)
        rows: Bools = self.tier[self.catalogue.category] == tier
        return rows

    def weighed(self) -> Evidence:
        """The evidence; LookupError where there is none, because the shelf is not personal."""
        if self.evidence is None:
            raise LookupError("no evidence has been gathered")
        return self.evidence

    def previous(self) -> Ints:
        """Per category number the tier of the last daily snapshot, NO_TIER where there is none."""
        if self._previous is None:
            tiers = [NO_TIER] * len(self.catalogue.categories)
            for category, tier in () if self.facts.past is None else self.facts.past.previous:
                if category < len(tiers):
                    tiers[category] = _NUMBER.get(tier, NO_TIER)
            self._previous = np.array(tiers, dtype=np.int64)
        return self._previous

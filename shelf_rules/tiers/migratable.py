"""Tier migratable: preferences of the present that are served elsewhere or otherwise."""

from __future__ import annotations

import numpy as np

from shelf_rules.formulas import migratable_score, rounded
from shelf_rules.situation import MIGRATABLE, Situation, TierEvidence


def migratable(situation: Situation) -> TierEvidence:
    """M of §4 and present evidence per category: intent, a gap with a recent outflow, or money that is maturing.

    While the tier was migratable, less intent is enough.
    """
    evidence, policy = situation.weighed(), situation.policy.migratable
    stays = situation.previous() == MIGRATABLE
    # Rounded like the scores, so that no threshold hangs on the last bit of `exp`.
    wanted = rounded(evidence.intent) >= np.where(stays, policy.keep_intent, policy.evidence_intent)
    elsewhere = (rounded(evidence.gap) >= policy.evidence_gap) & evidence.outflow_recent
    return TierEvidence(
        score=rounded(migratable_score(evidence.intent, evidence.gap, evidence.maturity, policy)),
        flag=wanted | elsewhere | (evidence.maturity > 0),
        parts={
            "recent_interest": policy.w_intent * evidence.intent,
            "held_elsewhere": policy.w_gap * evidence.gap,
            "maturing": policy.w_maturity * evidence.maturity,
        },
        inputs={"intent": evidence.intent, "gap": evidence.gap, "maturity": evidence.maturity},
    )

"""Tier fixed: what the customer has bought again and held."""

from __future__ import annotations

import numpy as np

from shelf_rules.formulas import fixed_score, rounded
from shelf_rules.situation import FIXED, Situation, TierEvidence


def fixed(situation: Situation) -> TierEvidence:
    """F of §3 and past evidence per category: enough repeats or holding, less of either while the tier was fixed."""
    evidence, policy = situation.weighed(), situation.policy.fixed
    alive = np.where(evidence.held, 1.0, np.where(np.isnan(evidence.alive), 0.0, evidence.alive))
    stays = situation.previous() == FIXED
    # Rounded like the scores, so that no threshold hangs on the last bit of `exp`.
    repeated = rounded(evidence.repeats) >= np.where(stays, policy.keep_repeats, policy.evidence_repeats)
    held_long = rounded(evidence.share) >= np.where(stays, policy.keep_share, policy.evidence_share)
    return TierEvidence(
        score=rounded(fixed_score(evidence.repeats, evidence.share, evidence.balance_share, alive, policy)),
        flag=repeated | held_long,
        parts={
            "bought_again": alive * policy.w_repeat * (1.0 - np.exp(-evidence.repeats / policy.repeat_scale)),
            "held_long": alive * policy.w_duration * evidence.share,
            "large_share": alive * policy.w_balance * np.sqrt(evidence.balance_share),
        },
        inputs={
            "repeats": evidence.repeats,
            "share": evidence.share,
            "balance_share": evidence.balance_share,
            "alive": evidence.alive,
        },
    )

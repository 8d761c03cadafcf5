"""Each category's tier: the first of fixed, migratable and transferable whose evidence and score reach it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shelf_rules.catalogue import Bools, Floats, Ints
from shelf_rules.policy_rules import Quota, Threshold
from shelf_rules.situation import FIXED, MIGRATABLE, NO_TIER, TRANSFERABLE, Situation


def assign(situation: Situation) -> Ints:
    """The tier of every category number (§6), NO_TIER where none is reached or no product passes the gate.

    Of the transferable ones only the best K by T stay, K being `per_slot` times the slots of the stage's or overlay's
    row; ties by category number. Needs `tiers`, `eligible` and `stage`.
    """
    tiers, catalogue = situation.tiers, situation.catalogue
    eligible = np.zeros(len(catalogue.categories), dtype=np.bool_)
    eligible[catalogue.category if situation.eligible is None else catalogue.category[situation.eligible]] = True
    tier = assign_tier(
        fixed=tiers["fixed"].score,
        migratable=tiers["migratable"].score,
        transferable=tiers["transferable"].score,
        past_evidence=tiers["fixed"].flag,
        present_evidence=tiers["migratable"].flag,
        eligible=eligible,
        previous=situation.previous(),
        thresholds=situation.policy.thresholds,
    )
    most = situation.policy.transferable.per_slot * quota(situation).transferable
    future = np.flatnonzero(tier == TRANSFERABLE)
    if len(future) > most:
        best_first = np.argsort(-tiers["transferable"].score[future], kind="stable")
        tier[future[best_first[most:]]] = NO_TIER
    return tier


def quota(situation: Situation) -> Quota:
    """The slots of each tier: the overlay decides the row where there is one, else the stage (§7)."""
    return situation.policy.quotas[situation.overlay or situation.stage or "acquisition"]


def assign_tier(
    *,
    fixed: Floats,
    migratable: Floats,
    transferable: Floats,
    past_evidence: Bools,
    present_evidence: Bools,
    eligible: Bools,
    previous: Ints,
    thresholds: Mapping[str, Threshold],
) -> Ints:
    """The tiers of categories by scores and evidence flags; a tier held before is kept down to its leave threshold."""

    def reached(tier: int, name: str, score: Floats) -> Bools:
        threshold = thresholds[name]
        return np.asarray(score >= np.where(previous == tier, threshold.leave, threshold.enter))

    is_fixed = past_evidence & reached(FIXED, "fixed", fixed)
    is_migratable = present_evidence & reached(MIGRATABLE, "migratable", migratable)
    is_transferable = reached(TRANSFERABLE, "transferable", transferable)
    future = np.where(is_transferable, TRANSFERABLE, NO_TIER)
    tier: Ints = np.where(is_fixed, FIXED, np.where(is_migratable, MIGRATABLE, future))
    return np.where(eligible, tier, NO_TIER)

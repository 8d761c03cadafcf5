"""Lifecycle stage and overlay of a customer, and the categories whose preference is in danger."""

from __future__ import annotations

import numpy as np

from shelf_rules.facts import Past, Stage
from shelf_rules.situation import FIXED, Situation

DORMANT, CHURNED = "dormant", "churned"


def stage(situation: Situation) -> Stage:
    """Acquisition, value or cultivation by the rules of §9 in this order; an unknown tenure counts as none."""
    evidence, policy = situation.weighed(), situation.policy.lifecycle
    days = tenure(situation)
    if days is None or days < policy.acquisition_days or evidence.occasions.sum() < policy.acquisition_occasions:
        return "acquisition"
    zones = np.unique(situation.catalogue.categories.zone[evidence.held])
    share = wallet_share(situation)
    loyal = share is not None and share >= policy.value_share and days >= policy.value_days
    if len(zones) >= policy.value_zones or evidence.aum >= policy.value_aum or loyal:
        return "value"
    return "cultivation"


def overlay(situation: Situation) -> str | None:
    """Churned before dormant, else None (§9).

    Churned: nothing held and P(alive) low in every category with a past, of which there is at least one. Dormant: the
    customer did nothing for `dormant_days`; one who never did anything needs a past and a tenure of as many days.
    """
    evidence, policy = situation.weighed(), situation.policy.lifecycle
    with_past = evidence.alive[np.isfinite(evidence.alive)]
    if len(with_past) and not evidence.held.any() and (with_past < policy.churned_alive).all():
        return CHURNED
    return DORMANT if _quiet_days(situation, known=len(with_past) > 0) >= policy.dormant_days else None


def _quiet_days(situation: Situation, *, known: bool) -> int:
    """Days since the customer last did anything; for one who never did, the tenure where there is a past, else 0."""
    past = _past(situation)
    if past.active_day >= 0:
        return situation.facts.today - past.active_day
    return (tenure(situation) or 0) if known or past.first_day >= 0 else 0


def tenure(situation: Situation) -> int | None:
    """Days since the customer joined, else since the first event; None where neither is known."""
    past = _past(situation)
    since = past.joined_day if past.joined_day >= 0 else past.first_day
    return situation.facts.today - since if since >= 0 else None


def wallet_share(situation: Situation) -> float | None:
    """ŜoW of §4: AUM by AUM and what lies elsewhere in its zones; None without consent `outflow` or money (§21.4)."""
    evidence, categories = situation.weighed(), situation.catalogue.categories
    elsewhere = float(evidence.external[categories.in_zones(situation.regime.aum_zones)].sum())
    if not _past(situation).outflow_read or evidence.aum + elsewhere <= 0:
        return None
    return evidence.aum / (evidence.aum + elsewhere)


def wake_up(situation: Situation, category: int) -> bool:
    """Whether the category is fixed and the customer dormant or churned: it may bring the customer back."""
    return situation.overlay is not None and _fixed(situation, category)


def at_risk(situation: Situation, category: int) -> bool:
    """Whether the category is fixed, but much of its money lies elsewhere or P(alive) is low: the overlay of §6."""
    evidence, policy = situation.weighed(), situation.policy.lifecycle
    losing = evidence.gap.item(category) >= policy.at_risk_gap or evidence.alive.item(category) < policy.at_risk_alive
    return losing and _fixed(situation, category)


def _fixed(situation: Situation, category: int) -> bool:
    return situation.tier is not None and situation.tier.item(category) == FIXED


def _past(situation: Situation) -> Past:
    if situation.facts.past is None:
        raise LookupError("the facts carry no past")
    return situation.facts.past

"""The few kinds of component as protocols, and the codes of what a shelf withholds."""

from __future__ import annotations

from typing import Protocol

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation

CODES = (
    "off_shelf",
    "sale_window_closed",
    "region",
    "channel_host",
    "private_offering",
    "age_minor",
    "not_assessed",
    "assessment_expired",
    "risk_mismatch",
    "senior_grade",
    "goal_mismatch",
    "liquidity_mismatch",
    "affordability",
    "quota_full",
    "credit_gate",
    "overdue_or_fraud_flag",
    "loan_invest_separation",
    "customer_dismissed",
    "consent_scope",
    "duplicate_of",
    "already_held",
    "seen_too_often",
    "campaign_only",
    "policy_rule",
)
"""Withholding codes in the fixed order of domain model §2: a product counts under the first that fails."""


class Watch(Protocol):
    """Takes the time of a component for `{stage, component}`; the decision itself reads no clock."""

    def __call__(self, stage: str, component: str) -> None: ...


def unwatched(stage: str, component: str) -> None:
    """Measure nothing."""


class Withhold(Protocol):
    """A suitability or eligibility rule: the rows it withholds."""

    def __call__(self, situation: Situation) -> Bools: ...

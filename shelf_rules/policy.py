"""The versioned shelf rules: every threshold, weight, quota and cap of the domain model, as immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shelf_rules.policy_rules import (
    PLACEMENTS,
    SCENES,
    SEGMENTS,
    Exploration,
    Instant,
    Placement,
    Quota,
    RankWeights,
    Scene,
    Segment,
    ShelfRule,
    Threshold,
)

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """F of §3. Days and shares; weights of repeats, holding and balance."""

    merge_days: int = 3
    w_repeat: float = 0.45
    w_duration: float = 0.40
    w_balance: float = 0.15
    repeat_scale: float = 2.0
    task_weight: float = 0.3
    cancel_days: int = 7
    evidence_repeats: float = 1.0
    evidence_share: float = 0.5
    keep_repeats: float = 0.7
    keep_share: float = 0.4


@dataclass(frozen=True, slots=True)
class IntentPolicy:
    """i of §4: event weights, session cap, half-life in days."""

    half_life: float = 14.0
    scale: float = 1.5
    max_per_session: int = 3
    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "search": 1.0,
            "detail": 0.6,
            "list": 0.15,
            "compare": 0.8,
            "calculate": 1.0,
            "consult": 1.2,
            "watch": 1.2,
            "push_click": 0.4,
        }
    )


@dataclass(frozen=True, slots=True)
class WalletPolicy:
    """g of §4: kappa in minor units, half-life of flows in days, shares of an outflow per counterparty class."""

    kappa: int = 1_000_000
    half_life: float = 60.0
    recent_weeks: int = 13
    shares: Mapping[str, Mapping[str, float]] = field(
        default_factory=lambda: {
            "bank": {"deposit.term": 0.5, "wealth.fixed_income": 0.3, "cash.wealth": 0.2},
            "fund_platform": {"cash.mmf": 0.5, "fund.bond": 0.25, "fund.mixed": 0.25},
            "broker": {"fund.equity": 0.5, "fund.index": 0.5},
            "insurer": {"ins.annuity": 0.5, "ins.health": 0.5},
            "lender": {"loan.consumer": 1.0},
            "card_other": {"card.credit": 1.0},
            "wallet": {"cash.mmf": 0.5, "pay.wallet": 0.5},
        }
    )


@dataclass(frozen=True, slots=True)
class MigratablePolicy:
    """M of §4 and its evidence flags."""

    w_intent: float = 0.9
    w_gap: float = 0.8
    w_maturity: float = 0.6
    maturity_days: int = 30
    evidence_intent: float = 0.15
    keep_intent: float = 0.10
    evidence_gap: float = 0.3


@dataclass(frozen=True, slots=True)
class TransferablePolicy:
    """T of §5: horizon in days, pool weights of q1 (transition), q2 (CF), q3 (life stage)."""

    horizon: int = 180
    recent_categories: tuple[float, ...] = (0.5, 0.3, 0.2)  # φ
    pool_weights: tuple[float, float, float] = (0.5, 0.3, 0.2)
    ranked_pool_weights: tuple[float, float, float] = (0.05, 0.9, 0.05)  # where q2 is a promoted ranker's (ADR 0024)
    cf_low: float = 0.5
    cf_ratio: float = 6.0
    peer_prior: float = 200.0
    per_slot: int = 3  # K of the tier = this × its slots


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    """Stages and overlays of §9. Days; amounts in minor units."""

    acquisition_days: int = 90
    acquisition_occasions: int = 2
    value_zones: int = 3
    value_aum: int = 100_000_000
    value_share: float = 0.5
    value_days: int = 365
    dormant_days: int = 60
    churned_alive: float = 0.3
    at_risk_gap: float = 0.4
    at_risk_alive: float = 0.5


@dataclass(frozen=True, slots=True)
class ArrangementPolicy:
    """Slate rules of §7: caps, spread, exploration of `recommender.md` §8."""

    slots: int = 9
    category_cap: int = 2
    outside_top_share: float = 0.2
    candidates: int = 120
    relax: tuple[str, ...] = ("spread", "category_cap")  # what gives way, in order, where the shelf cannot be filled
    explore: Mapping[str, Exploration] = field(
        default_factory=lambda: {
            "fixed": Exploration(0),
            "migratable": Exploration(0),
            "transferable": Exploration(1),
        }
    )
    explore_floor: float = 0.002
    explore_temperature: float = 1.0
    explore_max: int = 50


@dataclass(frozen=True, slots=True)
class TaskPolicy:
    """Which task kinds are offered in which tier, in order of preference, and how many a shelf carries."""

    migratable: tuple[str, ...] = ("compare", "configure", "visit")
    transferable: tuple[str, ...] = ("learn", "assess", "visit")
    per_shelf: int = 3
    offered: bool = True  # false: no task on any shelf
    assess_days: int = 60  # an assessment is asked for when it ends within these days


@dataclass(frozen=True, slots=True)
class FatiguePolicy:
    """`seen_too_often` and `customer_dismissed` of §2, days."""

    impressions: int = 10
    window_days: int = 14
    dismissed_days: int = 30


@dataclass(frozen=True, slots=True)
class Campaign:
    """A product sold only through this campaign is shown only while and where it runs."""

    key: str
    products: tuple[str, ...]
    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    from_: Instant | None = None
    until: Instant | None = None


ELIGIBILITY = (
    "quota_full",
    "customer_dismissed",
    "duplicate_of",
    "already_held",
    "seen_too_often",
    "campaign_only",
    "policy_rule",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the shelf rules; what a policy may not say it cannot say here: suitability is no parameter."""

    name: str = "default"
    version: int = 1
    fixed: FixedPolicy = FixedPolicy()
    intent: IntentPolicy = field(default_factory=IntentPolicy)
    wallet: WalletPolicy = field(default_factory=WalletPolicy)
    migratable: MigratablePolicy = MigratablePolicy()
    transferable: TransferablePolicy = TransferablePolicy()
    thresholds: Mapping[str, Threshold] = field(
        default_factory=lambda: {
            "fixed": Threshold(0.40, 0.30),
            "migratable": Threshold(0.35, 0.25),
            "transferable": Threshold(0.08, 0.05),
        }
    )
    quotas: Mapping[str, Quota] = field(
        default_factory=lambda: {
            "acquisition": Quota(1, 4, 4),
            "cultivation": Quota(3, 4, 2),
            "value": Quota(4, 3, 2),
            "dormant": Quota(3, 4, 2),
            "churned": Quota(3, 4, 2),
        }
    )
    lifecycle: LifecyclePolicy = LifecyclePolicy()
    ranking: Mapping[str, RankWeights] = field(
        default_factory=lambda: {
            "fixed": RankWeights(0.20, 0.35, 0.40, 0.05),
            "migratable": RankWeights(0.40, 0.30, 0.25, 0.05),
            "transferable": RankWeights(0.60, 0.20, 0.20, 0.0),
        }
    )
    eligibility: tuple[str, ...] = ELIGIBILITY
    arrangement: ArrangementPolicy = field(default_factory=ArrangementPolicy)
    tasks: TaskPolicy = TaskPolicy()
    fatigue: FatiguePolicy = FatiguePolicy()
    campaigns: tuple[Campaign, ...] = ()
    rules: tuple[ShelfRule, ...] = ()
    segments: tuple[Segment, ...] = SEGMENTS
    scenes: Mapping[str, Scene] = field(default_factory=lambda: dict(SCENES))
    placements: Mapping[str, Placement] = field(default_factory=lambda: dict(PLACEMENTS))
    holdout_share: float = 0.05
    unmeasured_quality: float = 0.5  # Q̃ of a tag nobody has measured yet

    def __hash__(self) -> int:
        """By identity: what hangs on a policy alone is kept for the object, and comparing two is dear."""
        return id(self)

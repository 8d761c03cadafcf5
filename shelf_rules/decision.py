"""The unit of truth: what stands on one customer's shelf, in which order, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shelf_rules.catalogue import Floats, Ints

TIERS = ("fixed", "migratable", "transferable")
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class TaskOffer:
    """A task attached to a slot: its kind and the category it teaches about; never tied to buying."""

    kind: str
    category: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One card's place. `parts` are the summands of `score` by ranking term; `tier_parts` those of the tier's score."""

    row: int
    tier: str  # fixed | migratable | transferable | public
    slot: int  # 1-based within the tier
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    tier_parts: Mapping[str, float] = field(default_factory=dict)
    reason: str = "popular"
    propensity: float = 1.0
    explored: bool = False
    badge: str | None = None
    task: TaskOffer | None = None


@dataclass(frozen=True, slots=True)
class DrawnSlot:
    """What an exploration slot was drawn from, given the draws before it: catalogue rows, best first, and chances."""

    tier: str
    slot: int  # 1-based within the tier
    row: int  # the one that was drawn
    rows: tuple[int, ...]
    chances: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CategoryView:
    """The tier evidence of every category (columns over category numbers), for explanations and for replay."""

    tier: tuple[str | None, ...]
    fixed: Floats
    migratable: Floats
    transferable: Floats
    parts: Mapping[str, Floats]  # repeats, share, balance_share, alive, intent, gap, maturity, q1, q2, q3, nu …


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """The shelf of one customer at one time."""

    mode: str
    slots: tuple[Slot, ...]  # the three tiers, in tier and slot order
    public: tuple[Slot, ...]
    stage: str | None = None
    overlay: str | None = None  # dormant | churned
    segments: tuple[str, ...] = ()  # value segments of the customer, the primary first
    rules: tuple[str, ...] = ()  # rules of the policy that acted
    withheld_by: Mapping[str, int] = field(default_factory=dict)  # of code `policy_rule`: rule -> products
    assessment: bool = False  # the assessment card stands in for the investment part
    withheld: Mapping[str, int] = field(default_factory=dict)  # first failing code -> products
    codes: Ints | None = None  # per catalogue row: index of the first failing code in CODES, -1 passed
    rows_of_rule: Mapping[str, Ints] = field(default_factory=dict)  # of code `policy_rule`: rule -> catalogue rows
    categories: CategoryView | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)
    relaxed: tuple[str, ...] = ()  # constraints given up, in order
    degraded: tuple[str, ...] = ()
    draws: tuple[DrawnSlot, ...] = ()  # in the order in which they were drawn; not logged, a replay finds them again

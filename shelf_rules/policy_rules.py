"""What a policy says beyond numbers: when/then rules, value segments, scenes and placements, as immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from shelf_rules.condition import ALWAYS, Condition, Range

Instant = NewType("Instant", int)
"""UTC microseconds; documents write it as ISO 8601 with its offset."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Enter and leave values of a tier's score (hysteresis of §6)."""

    enter: float
    leave: float


@dataclass(frozen=True, slots=True)
class Quota:
    """Slots of each tier in one lifecycle stage."""

    fixed: int
    migratable: int
    transferable: int


@dataclass(frozen=True, slots=True)
class RankWeights:
    """Weights of the ranking terms inside one tier (§8): collaborative filtering, tags, tier score, popularity."""

    cf: float
    tag: float
    tier_score: float
    popularity: float


@dataclass(frozen=True, slots=True)
class Exploration:
    """The last slots of a tier that are drawn, and the probability not given to the best product."""

    slots: int = 0
    eps: float = 0.1


@dataclass(frozen=True, slots=True)
class Selection:
    """Products by what is named of them: one of each list that is not empty; nothing named is every product."""

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()  # effective risk grades 1 … 5


@dataclass(frozen=True, slots=True)
class Pin:
    """A product on a certain slot; in tier fixed only where its category is a proven preference."""

    product: str
    tier: str = "transferable"  # fixed | migratable | transferable | public
    slot: int = 1


@dataclass(frozen=True, slots=True)
class Lift:
    """What the score of the selected products is raised or lowered by inside their tier."""

    select: Selection
    by: float


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many of the selected products, in one tier or on the whole shelf."""

    select: Selection
    at_most: int
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule does where it fires; at least one thing."""

    withhold: Selection | None = None
    pin: Pin | None = None
    boost: Lift | None = None
    bury: Lift | None = None
    cap: Cap | None = None
    quotas: Quota | None = None
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    ranking: Mapping[str, RankWeights] = field(default_factory=dict)
    explore: Mapping[str, Exploration] = field(default_factory=dict)
    tasks: bool | None = None  # false: no task on this shelf


@dataclass(frozen=True, slots=True)
class ShelfRule:
    """Fires for a shelf where `when` matches, from `from_` until before `until`; open where they are left out."""

    name: str
    then: Then
    when: Condition = ALWAYS
    from_: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A value segment (R15): a customer has every label that matches, the first one is the primary."""

    name: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Scene:
    """What a page of daily life raises: products linked to the scene, and all of these categories."""

    by: float = 0.2
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """An embedded mini-shelf: its slots, what may stand on it, and the scene of its page."""

    slots: int = 3
    quotas: Quota = Quota(1, 1, 1)
    select: Selection = Selection()
    scene: str | None = None


_HNW = 100_000_000  # minor units: one million
SEGMENTS = (
    Segment("high_net_worth", Condition(aum=Range(at_least=_HNW))),
    Segment("comprehensive", Condition(held_zones=Range(at_least=3))),
    Segment("wealth", Condition(held=("wealth",))),
    Segment("investment", Condition(held=("fund", "bond", "gold"))),
    Segment("consumer_loan", Condition(held=("loan.consumer", "loan.cash_line"))),
    Segment("borrowing", Condition(held=("credit",))),
    Segment("credit_card", Condition(held=("card",))),
    Segment("savings", Condition(held=("deposit", "cash"))),
    Segment("basic", Condition(held_zones=Range(below=1))),
)
SCENES: Mapping[str, Scene] = {
    "medical": Scene(0.2, ("inst.medical", "ins.health", "ins.accident")),
    "food": Scene(0.2, ("card.credit", "pay.wallet")),
    "housing": Scene(0.2, ("inst.home", "ins.property")),
    "travel": Scene(0.2, ("inst.travel", "ins.accident", "pay.fx")),
    "play": Scene(0.2, ("inst.shopping", "card.credit", "pay.wallet")),
}
PLACEMENTS: Mapping[str, Placement] = {
    "wallet": Placement(),
    "bill_pay": Placement(),
    "travel": Placement(scene="travel"),
}

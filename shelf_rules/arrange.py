"""The slate of one decision: tiers in their order, the public zone, the constraints given up, exploration last."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from shelf_rules.arrangement.category_cap import category_cap
from shelf_rules.arrangement.explore import explore
from shelf_rules.arrangement.loan_separation import loan_separation
from shelf_rules.arrangement.near_duplicates import near_duplicates
from shelf_rules.arrangement.public_zone import public_zone
from shelf_rules.arrangement.spread import spread
from shelf_rules.arrangement.tier_quota import tier_quota
from shelf_rules.catalogue import Bools
from shelf_rules.decision import TIERS
from shelf_rules.situation import Situation
from shelf_rules.slate import Ranking, Slate, Step

ALWAYS: tuple[Step, ...] = (near_duplicates, loan_separation)
LEVELS: tuple[tuple[Step, ...], ...] = ((*ALWAYS, category_cap, spread), (*ALWAYS, category_cap), ALWAYS)
"""What holds at once; where the shelf cannot be filled so, the spread goes first, then the cap (domain model §7)."""


def arrange(situation: Situation, quotas: Mapping[str, int], rankings: Mapping[str, Ranking], public: Bools) -> Slate:
    """Fill the shelf of a customer from the ranked candidates of each tier and the rows open to the public zone.

    Unused slots flow fixed → migratable → transferable → public. A constraint is given up only where that adds a card.
    """
    slate = Slate(situation, situation.policy.arrangement.slots, quotas, rankings)
    in_force = LEVELS[0]
    for steps in LEVELS:
        before = len(slate)
        _fill(slate, steps)
        public_zone(slate, public, steps)
        in_force = steps if len(slate) > before else in_force
        if len(slate) == slate.slots:
            break
    for tier in TIERS:
        slate.rows[tier].sort(key=rankings[tier].rows.index)
    explore(slate, in_force)
    return slate


def arrange_public(situation: Situation, public: Bools) -> Slate:
    """Fill a non-personal shelf (domain model §17): no tiers, nothing explored, nothing given up."""
    slate = Slate(situation, situation.policy.arrangement.slots)
    public_zone(slate, public, (*ALWAYS, category_cap))
    return slate


def given_up(slate: Slate) -> tuple[str, ...]:
    """The constraints that the finished slate does not keep, in the order in which they are given up."""
    policy = slate.situation.policy.arrangement
    top = max(slate.on_shelf.values(), default=0)
    fullest = max(slate.in_place.values(), default=0)
    narrow = top > len(slate) - ceil(policy.outside_top_share * len(slate) - 1e-9)
    broken = {spread.__name__: narrow, category_cap.__name__: fullest > policy.category_cap}
    return tuple(name for name, is_broken in broken.items() if is_broken)


def _fill(slate: Slate, steps: tuple[Step, ...]) -> None:
    for tier in TIERS:
        room = tier_quota(slate, tier)
        for row in slate.rankings[tier].rows:
            if room <= 0:
                break
            if slate.admits(row, tier, steps):
                slate.place(row, tier)
                room -= 1

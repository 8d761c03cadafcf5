"""The slate of one decision: tiers in their order, the public zone, the constraints given up, exploration last."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import ceil

from shelf_rules.arrangement.category_cap import category_cap
from shelf_rules.arrangement.explore import explore
from shelf_rules.arrangement.loan_separation import loan_separation
from shelf_rules.arrangement.near_duplicates import near_duplicates
from shelf_rules.arrangement.pins import pins
from shelf_rules.arrangement.policy_cap import policy_cap
from shelf_rules.arrangement.public_zone import public_zone
from shelf_rules.arrangement.spread import spread
from shelf_rules.arrangement.tier_quota import tier_quota
from shelf_rules.catalogue import Bools
from shelf_rules.decision import TIERS
from shelf_rules.situation import FIXED, Situation
from shelf_rules.slate import Given, Ranking, Slate, Step

HARD: tuple[Step, ...] = (near_duplicates, loan_separation)
SOFT: Mapping[str, Step] = {step.__name__: step for step in (spread, category_cap, policy_cap)}
"""The constraints that a policy may let give way."""


@lru_cache(maxsize=64)
def levels(relax: tuple[str, ...]) -> tuple[tuple[Step, ...], ...]:
    """What holds at once: everything, then without the first name, the first two …; what is not named never gives way.

    The default lets the spread go first, then the cap (domain model §7).
    """
    return tuple(
        (*HARD, *(step for name, step in SOFT.items() if name not in relax[:given])) for given in range(len(relax) + 1)
    )


def arrange(
    situation: Situation, quotas: Mapping[str, int], rankings: Mapping[str, Ranking], passed: Bools, given: Given
) -> Slate:
    """Fill the shelf of a customer: what is pinned, the ranked candidates of each tier, the public zone.

    `passed` are the rows that the gate lets through; those of tier fixed are not open to the public zone. Unused slots
    flow fixed → migratable → transferable → public. A constraint is given up only where that adds a card.
    """
    slate = Slate(situation, situation.policy.arrangement.slots, quotas, rankings, given)
    in_turn = levels(situation.policy.arrangement.relax)
    pins(slate, passed, in_turn[-1])
    public = passed & ~situation.rows_in(FIXED)
    in_force = in_turn[0]
    for steps in in_turn:
        before = len(slate)
        _fill(slate, steps)
        public_zone(slate, public, steps)
        in_force = steps if len(slate) > before else in_force
        if len(slate) == slate.slots:
            break
    for tier in TIERS:
        slate.rows[tier] = [row for row in slate.rows[tier] if row in slate.pinned] + sorted(
            slate.free(tier), key=rankings[tier].rows.index
        )
    explore(slate, in_force)
    slate.seat()
    return slate


def arrange_public(situation: Situation, passed: Bools) -> Slate:
    """Fill a non-personal shelf (domain model §17): no tiers, nothing explored, nothing given up."""
    slate = Slate(situation, situation.policy.arrangement.slots)
    steps = (*HARD, category_cap, policy_cap)
    pins(slate, passed, steps)
    public_zone(slate, passed, steps)
    slate.seat()
    return slate


def given_up(slate: Slate) -> tuple[str, ...]:
    """The constraints that the finished slate does not keep, in the order in which they are given up."""
    policy = slate.situation.policy.arrangement
    top = max(slate.on_shelf.values(), default=0)
    fullest = max(slate.in_place.values(), default=0)
    broken = {
        "spread": top > len(slate) - ceil(policy.outside_top_share * len(slate) - 1e-9),
        "category_cap": fullest > policy.category_cap,
        "policy_cap": any(slate.counted(limit) > limit.at_most for limit in slate.caps),
    }
    return tuple(name for name in dict.fromkeys((*policy.relax, *broken)) if broken[name])


def _fill(slate: Slate, steps: tuple[Step, ...]) -> None:
    for tier in TIERS:
        room = tier_quota(slate, tier)
        for row in slate.rankings[tier].rows:
            if room <= 0:
                break
            if slate.admits(row, tier, steps):
                slate.place(row, tier)
                room -= 1

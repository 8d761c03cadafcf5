"""Products that a rule of the policy puts on a certain slot, before anything else is placed."""

from __future__ import annotations

from shelf_rules.arrangement.tier_quota import tier_quota
from shelf_rules.catalogue import Bools
from shelf_rules.decision import PUBLIC
from shelf_rules.policy_rules import Pin
from shelf_rules.situation import FIXED
from shelf_rules.slate import Slate, Step


def pins(slate: Slate, passed: Bools, steps: tuple[Step, ...]) -> None:
    """Place what the rules that act pin, in their order, where the gate lets it through and every step admits it.

    A tier without a slot left takes none, and tier fixed none whose category is no proven preference. A shelf that is
    not personal has the public zone alone.
    """
    for rule in slate.situation.fired:
        pin = rule.then.pin
        row = None if pin is None else slate.situation.catalogue.row_of_id.get(pin.product)
        if pin is None or row is None or not passed[row] or not _may_stand(slate, pin, row):
            continue
        if tier_quota(slate, pin.tier) > 0 and slate.admits(row, pin.tier, steps):
            slate.place(row, pin.tier)
            slate.pinned[row] = pin.slot


def _may_stand(slate: Slate, pin: Pin, row: int) -> bool:
    situation = slate.situation
    if situation.facts.mode != "personal":
        return pin.tier == PUBLIC
    return pin.tier != "fixed" or bool(situation.rows_in(FIXED)[row])

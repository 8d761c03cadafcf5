"""What can be measured of a customer: named numbers made of the customer's own events and shelves within some days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Of = Literal["events", "shelves", "consents"]

SLOW_MS = 150.0
"""A shelf that took longer than this, by the time logged of its stages, is slow (the latency budget's own limit)."""


class Measure(msgspec.Struct, frozen=True):
    """What counts: events of these kinds, logged shelves, or answers to the consent to personalisation.

    `is_money`: the sum of the events' amounts, in major units, instead of their number. `is_kept`: what was bought and
    cancelled again in its cooling-off days is left out (`service.crediting`). `is_good_up`: whether more of it is good.
    """

    says: str
    of: Of = "events"
    kinds: tuple[str, ...] = ()
    is_money: bool = False
    is_kept: bool = False
    is_good_up: bool = True


_BOUGHT = ("purchase", "apply", "top_up", "renewal")

MEASURES: Mapping[str, Measure] = {
    "purchases": Measure("purchases, applications, top-ups and renewals that were kept", kinds=_BOUGHT, is_kept=True),
    "funds": Measure("amount of what was bought and kept", kinds=_BOUGHT, is_money=True, is_kept=True),
    "impressions": Measure("cards seen", kinds=("impression",)),
    "clicks": Measure("cards clicked", kinds=("click",)),
    "details": Measure("product pages opened", kinds=("detail",)),
    "dismissals": Measure("cards dismissed", kinds=("dismiss",), is_good_up=False),
    "redemptions": Measure("redemptions", kinds=("redeem",), is_good_up=False),
    "redeemed_funds": Measure("amount redeemed", kinds=("redeem",), is_money=True, is_good_up=False),
    "complaints": Measure("complaints and other feedback", kinds=("feedback",), is_good_up=False),
    "tasks_done": Measure("tasks done", kinds=("task_done",)),
    "logins": Measure("logins", kinds=("login",)),
    "opt_outs": Measure("withdrawals of the consent to personalisation", of="consents", is_good_up=False),
    "shelves": Measure("shelves served", of="shelves"),
    "degraded_shelves": Measure(
        "shelves served without one of their sources, or as a fallback", of="shelves", is_good_up=False
    ),
    "slow_shelves": Measure(f"shelves that took longer than {SLOW_MS:g} ms", of="shelves", is_good_up=False),
}
"""Measures by name, in the order in which they are told and in which columns hold them."""

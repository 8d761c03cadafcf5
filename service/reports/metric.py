"""One measured number with what it is a share of, over which days, credited by which rule, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

ATTRIBUTIONS = ("none", "card", "last_click", "customer")
"""How what counts is tied to what it is counted of.

`none`: both are of the same row. `card`: an event of the same decision, tier and slot. `last_click`: the last shelf
click on a card of the purchase's category within that category's window, purchases that were cancelled in time left
out. `customer`: anything of the same customer in the days named.
"""
METHODS = ("wilson", "wilson_clustered", "normal_clustered", "kaplan_meier", "as_measured", "none")
"""How the interval was made: of 95 %, but for tags (`as_measured`): precision 90 %, truthfulness 95 %."""


class Metric(NamedTuple):
    """A share, or where `unit` is not "share" a mean, of `denominator` things that belong to `customers` customers.

    Of amounts `customers` is how many have a part in the smaller side, and 1 where one of them has nearly all of it.
    Of things that did not lead to what the numerator counts none is left out of the denominator. `days` is how long
    after each of them the numerator looks: a number, "category" for the attribution window of its category, or null for
    all that is known. `suppressed`: of so few customers that nothing is told, and all numbers are null.
    """

    name: str
    group: Mapping[str, str]
    numerator: float | None
    denominator: float | None
    value: float | None
    low: float | None
    high: float | None
    method: str
    attribution: str
    days: int | str | None = None
    unit: str = "share"
    customers: int | None = None
    suppressed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The fields, as JSON says them."""
        return {**self._asdict(), "group": dict(self.group)}

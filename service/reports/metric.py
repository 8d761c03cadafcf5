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
FEW, UNATTRIBUTED = "few_customers", "not_attributed"
REASONS = (FEW, UNATTRIBUTED)
"""Why nothing is told: of too few customers; of purchases that nobody has credited yet."""


class Metric(NamedTuple):
    """A share, or where `unit` is not "share" a mean, of `denominator` things that belong to `customers` customers.

    Of things that did not lead to what the numerator counts none is left out of the denominator. `days` is how long
    after each of them the numerator looks: a number, "category" for the attribution window of its category, or null for
    all that is known. Where there is a `reason` nothing is told, and all numbers are null.

    Two fields are not told. `sides`: how many customers stand behind the denominator, the numerator, what is missing to
    the denominator, and whatever else a reader has by subtracting; 0 of nobody. `within`: the part of the groups whose
    sum another metric tells.
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
    reason: str | None = None
    sides: tuple[int, ...] = ()
    within: str = ""

    def untold(self, reason: str) -> Metric:
        """The same without its numbers."""
        kept = self._replace(numerator=None, denominator=None, value=None, low=None, high=None, customers=None)
        return kept._replace(reason=reason, sides=())

    def as_dict(self) -> dict[str, Any]:
        """What is told of it, as JSON says it."""
        told = {name: value for name, value in self._asdict().items() if name not in {"sides", "within"}}
        return {**told, "group": dict(self.group)}

"""What a report is asked about: from which day until which, by what, in which bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.training_data import Ints
from service.calendar import BankCalendar
from service.crediting import Windows
from service.reports._governed import NOBODY, Governed

BY = ("tier", "slot", "stage", "category", "segment", "week")


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Days [since, until) of the bank's calendar; by one of `BY`, or by nothing ("").

    Nothing that happened at or after `until` is read; of what happened before, all that the store knows by now counts,
    also what it learnt later. `codes` name the categories, `products` is how many products the catalogue has, `windows`
    has the rules of attribution, `tags` what was measured on tags and `weekly` what every week's last measuring found,
    `zone` the number of each category's zone, `consent_defaults` what holds of whom nobody has asked, `governed` the
    names that the policies have for value segments and rules.
    """

    since: int
    until: int
    by: str
    codes: tuple[str, ...]
    products: int
    windows: Windows
    calendar: BankCalendar
    tags: Sequence[Mapping[str, Any]] = ()
    weekly: Sequence[Mapping[str, Any]] = ()
    zone: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    consent_defaults: Mapping[str, str] = field(default_factory=dict)
    governed: Governed = NOBODY

    @property
    def until_us(self) -> int:
        """The instant at which the days end."""
        return self.calendar.midnight_us(self.until)

    def inside(self, day: Ints) -> np.ndarray:
        """Whether days are among those asked about."""
        inside: np.ndarray = (day >= self.since) & (day < self.until)
        return inside

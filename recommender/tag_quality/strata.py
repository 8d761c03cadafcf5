"""Who is like whom before something is seen of them: by consent to be watched and by how lively they were."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.occasions import LONGEST as SPAN
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.repeats import WINDOW_DAYS
from recommender.training_data import Bools, Ints

Smalls = NDArray[np.int8]
LIVELY = np.array([1, 3, 6])
"""Signs of any category in the 180 days before, from which on a customer is one step livelier."""
STRATA = 2 * (len(LIVELY) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Customers on days: all they showed, in order; whether their looks may be read; when they joined (-1 unknown)."""

    shown: Ints
    watched: Bools
    joined: Ints
    _day: Ints = field(init=False)
    _of_day: dict[int, Smalls] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_day", self.shown % SPAN)

    @classmethod
    def of(cls, signs: Signs, evidence: Evidence) -> Strata:
        """From the signs of all categories; who is not said to be watched or to have joined was there and is."""
        unknown = np.full(evidence.customers, -1), np.ones(evidence.customers, np.bool_)
        joined = evidence.joined if len(evidence.joined) else unknown[0]
        watched = evidence.watched if len(evidence.watched) else unknown[1]
        return cls(np.sort(signs.customer * SPAN + signs.day), watched, joined)

    def at(self, customer: Ints, day: Ints) -> Ints:
        """The stratum of each customer at the end of a day, 0 to `STRATA` - 1, from nothing that came later."""
        ends = np.searchsorted(self.shown, customer * SPAN + day, side="right")
        before = ends - np.searchsorted(self.shown, customer * SPAN + day - WINDOW_DAYS, side="right")
        lively = np.searchsorted(LIVELY, before, side="right")
        return np.asarray(2 * lively + self.watched[customer], dtype=np.int64)

    def on(self, day: int) -> Ints:
        """The stratum of every customer at the end of a day: `at` of all of them, kept for the next tag that asks."""
        if day not in self._of_day:
            shown = self.shown[(self._day > day - WINDOW_DAYS) & (self._day <= day)] // SPAN
            lively = np.searchsorted(LIVELY, np.bincount(shown, minlength=len(self.watched)), side="right")
            self._of_day[day] = (2 * lively + self.watched).astype(np.int8)
        return self._of_day[day].astype(np.int64)

    def there(self, day: int) -> Bools:
        """Who had joined by a day."""
        return np.asarray(self.joined <= day)

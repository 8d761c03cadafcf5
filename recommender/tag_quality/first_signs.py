"""When customers who are followed show their first sign, among those of whom one would still count."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.repeats import WINDOW_DAYS
from recommender.training_data import Floats, Ints

DAYS = WINDOW_DAYS + 1


class FirstSigns(NamedTuple):
    """By days since each is followed, [1 + window]: how many showed their first sign, how many had shown none and were
    not covered, and how many are followed for so long whatever they show.

    Nothing hangs on what came after a sign: signs bring cards, and cards cover days.
    """

    came: Ints
    at_risk: Ints
    reach: Ints

    @classmethod
    def of(cls, signs: Signs, covered: Covered, customer: Ints, since: Ints) -> FirstSigns:
        """Of customers, each followed for a window from the day after `since` or as long as the record goes on."""
        span = np.minimum(signs.until - since, WINDOW_DAYS)
        wait = signs.days_until(customer, since)
        shown = wait <= span
        left = np.where(shown, wait, span)
        came = np.bincount(left[shown], minlength=DAYS)
        hidden = covered.on_days(customer, since, left - shown, DAYS)  # the sign itself counted, so that its day does
        return cls(came, np.maximum(_as_long(left) - hidden, came), _as_long(span))

    def shown(self) -> Floats:
        """The share that shows a sign within 0, 1, … days on which it would count: the product limit."""
        return np.asarray(1.0 - np.cumprod(1.0 - self.came / np.maximum(self.at_risk, 1)))

    def worth(self, days: int) -> float:
        """As how many followed for so long on days that count the share within them is (Greenwood's variance)."""
        came, at_risk = self.came[: days + 1], self.at_risk[: days + 1]
        shown, left = float(self.shown()[days]), at_risk - came
        if not 0 < shown < 1 or not left[came > 0].all():
            return float(self.reach[days])
        terms = came[came > 0] / (at_risk[came > 0] * left[came > 0])
        return float(np.clip(shown / (1.0 - shown) / terms.sum(), self.reach[days], self.reach[0]))


def _as_long(days: Ints) -> Ints:
    """How many have so many days or more."""
    return np.asarray(np.cumsum(np.bincount(days, minlength=DAYS)[::-1])[::-1], dtype=np.int64)

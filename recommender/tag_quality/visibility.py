"""How often a preference that is there shows, and how often a sign comes without one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from recommender.tag_quality._negative_binomial import DAYS, rate_of, shown_after
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.first_signs import FirstSigns
from recommender.tag_quality.repeats import LATEST, WINDOW_DAYS, Repeats
from recommender.training_data import Bools, Floats, Ints

FEWEST = 5  # repeats below which nothing is known of how often a preference shows
LEARNT_FROM = 2  # of the ranks: what is left after the third sign is told by few
MOST_BY_CHANCE = 0.5  # of the rate with the preference
MOST_PREFERRING = 0.95  # of all customers


class Visibility(NamedTuple):
    """Signs of one claim: `rate` a day of those who prefer (nan: too few repeats), gamma-distributed over them with
    `shape`; `chance` a day of the others; `preferring` of all customers; `repeats` tell the first.

    Counts are negative binomial with those who do not prefer besides. Repeaters show more than others who prefer do: to
    have shown is to be likely to show. And who has been quiet for long prefers seldom, but may.
    """

    rate: float
    shape: float
    chance: float
    preferring: float
    repeats: int

    @classmethod
    def of(cls, repeats: Repeats, shape: float, life: float) -> Visibility:
        """From the repeats of one claim, the spread of rates over customers and the mean life of the preference."""
        again = repeats.again[:LEARNT_FROM]
        if again.sum() < FEWEST:
            return cls(float("nan"), shape, 0.0, 0.0, int(again.sum()))
        rate = rate_of(again, repeats.followed[:LEARNT_FROM], shape, repeats.behind(life))
        lasting = float(np.exp(-WINDOW_DAYS / life))
        return cls(rate, shape, *_chance(repeats.windows, rate, shape, lasting), int(again.sum()))

    def carriers(self, signs: Signs, covered: Covered, assigned: Ints, carriers: Bools) -> Floats:
        """Of the carriers that could be followed: how many, how many showed a sign, and how many would have.

        The last two numbers are what would show if all preferred, and if nobody did; nan where nothing is known. All
        are counted as if everybody had been followed, on days that count, for so long as half of them are.
        """
        of = np.flatnonzero(carriers & (assigned <= signs.until - LATEST) & (assigned >= signs.since))
        if not len(of) or np.isnan(self.rate):
            return np.full(4, np.nan)
        followed = FirstSigns.of(signs, covered, of, assigned[of])
        most = shown_after(self.rate, self.shape)
        least = np.minimum(-np.expm1(-self.chance * DAYS), MOST_BY_CHANCE * most)
        day = int(np.flatnonzero(2 * followed.reach >= len(of))[-1])
        return followed.worth(day) * np.array([1.0, followed.shown()[day], most[day], least[day]])


def _chance(windows: Floats, rate: float, shape: float, lasting: float) -> tuple[float, float]:
    """The rate of signs without the preference, and the share of customers who prefer.

    By what all customers show in a window, and what those show in it who showed nothing for a window before: the less
    the preference is seen in the first, the more of them there are without it. Who prefers and was quiet shows later as
    somebody of a smaller rate, as far as the preference is `lasting`.
    """
    if not len(windows) or not windows[:, 2].sum():
        return 0.0, 0.0
    days, customers, shown, quiet, late = windows.astype(np.int64).T
    seen = shown_after(rate, shape)
    unseen = shown_after(rate / (1 + rate * WINDOW_DAYS / shape), shape)[days]

    def share(chance: float) -> float:
        by_chance = -np.expm1(-chance * days)
        extra = float(customers @ (seen[days] - by_chance))
        return float(np.clip((shown.sum() - customers @ by_chance) / extra, 0.0, MOST_PREFERRING)) if extra > 0 else 0.0

    def surplus(chance: float) -> float:
        preferring = share(chance)
        hidden, without = preferring * (1 - seen[-1]), (1 - preferring) * np.exp(-chance * WINDOW_DAYS)
        still = lasting * hidden / (hidden + without)
        return float(quiet @ (still * unseen + (1 - still) * -np.expm1(-chance * days)) - late.sum())

    highest = MOST_BY_CHANCE * rate
    if surplus(0.0) >= 0 or surplus(highest) <= 0:
        chance = 0.0 if surplus(0.0) >= 0 else highest
    else:
        chance = float(brentq(surplus, 0.0, highest, xtol=1e-14, rtol=1e-14))
    return chance, share(chance)

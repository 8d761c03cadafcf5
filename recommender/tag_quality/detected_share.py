"""The share of a tag's carriers who truly prefer what it claims, corrected for preferences that do not show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.occasions import MERGE_DAYS
from recommender.tag_quality._levels import Z90
from recommender.tag_quality._signs import Signs
from recommender.training_data import Bools, Floats, Ints

WINDOW_DAYS = 240
LATEST = 20  # days before the end after which an assignment has not been followed long enough
FEWEST = 5  # repeats of anybody below which nothing is known of how often a preference shows
FIRST_MEAN, NARROWEST = 0.5, 0.01
UNLIKE = 0.2  # by how much of it repeaters may show more, or less, than others who prefer: for the interval alone


class DetectedShare(NamedTuple):
    """The raw share per (tag, level), nan unknown, and the variance of its error."""

    share: Floats
    variance: Floats

    @staticmethod
    def of(signs: Signs, assigned: Ints, carriers: Bools) -> tuple[float, float]:
        """One tag from the `signs` of what it claims: carriers who show one within the window, over repeaters who do.

        A repeater is anybody who has shown one just before, so that most of them do prefer it: they tell how often a
        preference that is there shows again in so many days. Follow-up is counted in days on both sides.
        """
        known = carriers & (assigned <= signs.until - LATEST) & (assigned >= signs.since)
        of = np.flatnonzero(known)
        anchored = signs.day <= signs.until - LATEST
        who, when = signs.customer[anchored], signs.day[anchored]
        again = signs.count(who, when + MERGE_DAYS, np.minimum(when + WINDOW_DAYS, signs.until)) > 0
        if not len(of) or again.sum() < FEWEST:
            return float("nan"), float("nan")
        weight = signs.weight[who]
        usual = float(weight @ again) / float(weight @ np.minimum(WINDOW_DAYS, signs.until - when))
        start = assigned[of]
        shown = int((signs.count(of, start, np.minimum(start + WINDOW_DAYS, signs.until)) > 0).sum())
        expected = usual * float(np.minimum(WINDOW_DAYS, signs.until - start).sum())
        share = shown / expected
        return share, (shown + 0.5) / expected**2 + share**2 / (again.sum() + 1.0)

    def shrunk(self, polarity: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean and 90 % interval of each tag's true share: drawn to the mean of all tags, the less was seen the more.

        The spread of true shares is what is left of the spread of the raw ones without their errors. An aversion is
        true of those who do not prefer.
        """
        whole, error = np.clip(self.share[:, 0], 0.0, 1.5), self.variance[:, 0]
        usable = ~np.isnan(whole) & (polarity > 0)
        weight = 1.0 / (error[usable] + NARROWEST)
        mean = float(weight @ whole[usable] / weight.sum()) if usable.any() else FIRST_MEAN
        spread = float(weight @ ((whole[usable] - mean) ** 2 - error[usable])) / weight.sum() if usable.any() else 0.0
        spread = max(spread, NARROWEST)
        drawn = (self.share * spread + mean * self.variance) / (spread + self.variance)
        half = Z90 * np.sqrt(spread * self.variance / (spread + self.variance) + (UNLIKE * drawn) ** 2)
        drawn = np.where(polarity[:, None] > 0, drawn, 1.0 - drawn)
        return np.clip(drawn, 0.0, 1.0), np.clip(drawn - half, 0.0, 1.0), np.clip(drawn + half, 0.0, 1.0)

"""The share of a tag's carriers who truly prefer what it claims, corrected for preferences that do not show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._share_belief import SHARES, share_belief
from recommender.tag_quality._slant import slant
from recommender.training_data import Bools, Floats

FIRST_MEAN, NARROWEST = 0.5, 0.03
FLATTEST = 1 / 3  # of mean · (1 − mean): with a mean of a half every share is as likely
EDGE, ROUNDS = 0.01, 50
UNLIKE = 0.2
"""By how much of it carriers may show more, or less, than is told of those who prefer and of those who do not."""


class DetectedShare(NamedTuple):
    """The raw share per (tag, level), nan unknown; how many show more if all prefer than if nobody does, how many if
    nobody does, and the variance of what repeats tell of the former, as a share of its square.
    """

    share: Floats
    gain: Floats
    chance: Floats
    told: Floats

    @classmethod
    def of(cls, carriers: Floats, repeats: Floats, polarity: Floats) -> DetectedShare:
        """From the numbers of `Visibility.carriers` per (tag, level), level 0 being all, and the repeats of each tag.

        share = (shown − by chance) / (shown if all preferred − by chance), the denominator set right by `slant`.
        Unknown where a preference would show no more than chance: such a sign tells nothing, of its tag and of others.
        """
        carriers = np.where(carriers[..., 2:3] > carriers[..., 3:], carriers, np.nan)
        _, shown, preferring, chance = np.moveaxis(carriers, -1, 0)
        gain = (preferring - chance) * slant(carriers[:, 0], polarity)[:, None]
        return cls((shown - chance) / gain, gain, chance, np.broadcast_to(1.0 / (repeats[:, None] + 1.0), gain.shape))

    def believed(self, polarity: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean and 95 % interval of each tag's true share: drawn to the mean of all tags, the less was seen the more.

        No share lies beyond 0 or 1, whatever was counted. An aversion is true of those who do not prefer.
        """
        usable = ~np.isnan(self.share[:, 0]) & (polarity > 0)
        found, low, high = share_belief(self.share, self._variance(SHARES, SHARES**2), *self._usual(usable))
        liked = polarity[:, None] > 0
        return np.where(liked, found, 1.0 - found), np.where(liked, low, 1.0 - high), np.where(liked, high, 1.0 - low)

    def _variance(self, share: Floats, square: Floats) -> Floats:
        """That of the error of each raw share where the true one and its square are these: another axis, the last."""
        gain, chance, told = (one[..., None] for one in (self.gain, self.chance, self.told))
        counted = (chance + share * gain + 0.5) / gain**2
        by_chance = (UNLIKE * chance / gain) ** 2
        return np.asarray(counted + (UNLIKE**2 + told) * square + by_chance * (1 - 2 * share + square))

    def _usual(self, usable: Bools) -> tuple[float, float]:
        """Mean and variance of the true shares of usable tags: of the raw ones, less their errors.

        A raw share says nothing of its own weight: those that came out small would count for more.
        """
        mean, spread = FIRST_MEAN, FLATTEST * FIRST_MEAN * (1 - FIRST_MEAN)
        raw = self.share[usable, 0]
        for _ in range(ROUNDS if len(raw) else 0):
            error = self._variance(np.array([mean]), np.array([mean**2 + spread]))[usable, 0, 0]
            weight = 1.0 / (error + spread)
            mean = float(np.clip(weight @ raw / weight.sum(), EDGE, 1.0 - EDGE))
            left = float(weight @ ((raw - mean) ** 2 - error)) / float(weight.sum())
            spread = min(max(left, NARROWEST), FLATTEST * mean * (1.0 - mean))
        return mean, spread

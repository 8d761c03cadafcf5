"""The share of a tag's carriers who truly prefer what it claims, corrected for preferences that do not show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._levels import Z95
from recommender.training_data import Floats

FIRST_MEAN, NARROWEST = 0.5, 0.03
UNLIKE = 0.2  # by how much of it repeaters may show more, or less, than others who prefer: for the interval alone
FEWEST_SHOWN = 0.5
SPREAD_OF_TRUTHS = 0.3  # variance of ln share: of shares spread evenly between a seventh and one
SPREAD_OF_SLOPE = 0.5  # around 1, which takes repeaters at their word


class DetectedShare(NamedTuple):
    """The raw share per (tag, level), nan unknown, and the variance of its error."""

    share: Floats
    variance: Floats

    @classmethod
    def of(cls, carriers: Floats, repeats: Floats, polarity: Floats) -> DetectedShare:
        """From the numbers of `Visibility.carriers` per (tag, level), level 0 being all, and the repeats of each tag.

        share = (shown − by chance) / (shown if all preferred − by chance), the denominator set right by `_slant`.
        Unknown where a preference would show no more than chance: such a sign tells nothing, of its tag and of others.
        """
        carriers = np.where(carriers[..., 2:3] > carriers[..., 3:], carriers, np.nan)
        _, shown, preferring, chance = np.moveaxis(carriers, -1, 0)
        gain = (preferring - chance) * _slant(carriers[:, 0], polarity)[:, None]
        share = (shown - chance) / gain
        return cls(share, (shown + 0.5) / gain**2 + share**2 / (repeats[:, None] + 1.0))

    def shrunk(self, polarity: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean and 95 % interval of each tag's true share: drawn to the mean of all tags, the less was seen the more.

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
        half = Z95 * np.sqrt(spread * self.variance / (spread + self.variance) + (UNLIKE * drawn) ** 2)
        drawn = np.where(polarity[:, None] > 0, drawn, 1.0 - drawn)
        return np.clip(drawn, 0.0, 1.0), np.clip(drawn - half, 0.0, 1.0), np.clip(drawn + half, 0.0, 1.0)


def _slant(carriers: Floats, polarity: Floats) -> Floats:
    """By what each tag's gain is multiplied: (gain / usual gain)^(slope − 1), the gain being that of a single carrier.

    Repeaters are no sure sample of those who prefer: where few do, many of them looked by chance; where likings are
    short and many, they are the fickle. How far the shares that carriers show really follow them is read off the tags:
    truths are supposed to have nothing to do with how visible a claim is, so ln(shown per carrier) rises with ln(gain)
    by 1 only where repeaters are right. Weighted least squares, with a normal prior around 1.
    """
    usable = (polarity > 0) & ~np.isnan(carriers[:, 0])
    if not usable.any():
        return np.ones(len(carriers))
    followed, shown, preferring, chance = carriers.T
    gain = np.log((preferring - chance) / followed)
    excess = np.maximum(shown - chance, FEWEST_SHOWN)
    weight = 1.0 / ((shown + 0.5) / excess**2 + SPREAD_OF_TRUTHS)[usable]
    off = gain - float(weight @ gain[usable]) / weight.sum()
    surplus = (np.log(excess / followed) - gain)[usable]
    steeper = float(weight @ (off[usable] * (surplus - weight @ surplus / weight.sum())))
    steeper /= float(weight @ off[usable] ** 2) + SPREAD_OF_SLOPE**-2
    return np.asarray(np.exp(steeper * off))

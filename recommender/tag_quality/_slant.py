"""How far the shares that carriers show follow what repeaters say."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats

FEWEST_SHOWN = 0.5
SPREAD_OF_TRUTHS = 0.3  # variance of ln share: of shares spread evenly between a seventh and one
SPREAD_OF_SLOPE = 0.5  # around 1, which takes repeaters at their word


def slant(carriers: Floats, polarity: Floats) -> Floats:
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

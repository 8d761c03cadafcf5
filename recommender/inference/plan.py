"""How many customers and days an experiment needs before it can show the smallest lift that matters."""

from __future__ import annotations

from math import ceil, log, sqrt
from typing import Literal, NamedTuple

from scipy.special import ndtri

from recommender.evaluation.sample_size import sample_size_per_arm
from recommender.inference._checked import above_zero, at_least_one, between, finite
from recommender.inference._mixture import mixing_variance

LONGEST_DAYS = 90
"""An experiment that needs more days is not started: customers, rates and products are no longer the same."""
MOST_PER_ARM = 10**12

Verdict = Literal["ready", "slow", "hopeless"]


class Size(NamedTuple):
    """Customers of each of two equal arms: for one look at the end, and for looking whenever one likes.

    `n_star` is what the confidence sequence is to be tuned to, and must then stay: customers of both arms.
    """

    per_arm: int
    sequential_per_arm: int
    n_star: int

    @property
    def cost(self) -> float:
        """How many times the customers that looking at any time takes."""
        return self.sequential_per_arm / self.per_arm


def sample_size(
    base: float,
    mde: float,
    *,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    n_star: int | None = None,
) -> Size:
    """Customers an arm to find the lift `mde` (relative to `base`; below 0: a fall) with the given power.

    Without `sd` the base is a proportion; with it a mean of that standard deviation, the same in both arms. Without
    `n_star` the sequence is tuned to the size found. ValueError names what is out of range.
    """
    between("alpha", alpha)
    between("power", power)
    if finite("mde", mde) == 0:
        raise ValueError("mde: must not be 0: no number of customers shows that nothing is different")
    if sd is None:
        between("base", base)
        between("mde: the base with it", base * (1 + mde))
        per_arm = sample_size_per_arm(base, mde, alpha, power)
        both = base * (1 - base) + base * (1 + mde) * (1 - base * (1 + mde))
    else:
        both = 2 * above_zero("sd", sd) ** 2
        if finite("base", base) == 0:
            raise ValueError("base: must not be 0: a lift is relative to it")
        per_arm = _per_arm(both, abs(base * mde), float(ndtri(1 - alpha / 2) + ndtri(power)))
    sequential = _sequential(both, abs(base * mde), (alpha, power), n_star)
    return Size(max(per_arm, 2), max(sequential, 2), n_star or 2 * max(sequential, 2))


def _per_arm(both: float, effect: float, errors: float) -> int:
    """Customers with whom the effect is `errors` standard errors; `both` is the sum of the two variances."""
    return ceil(min(both * (errors / effect) ** 2, MOST_PER_ARM))


def _sequential(both: float, effect: float, levels: tuple[float, float], n_star: int | None) -> int:
    """Customers with whom the confidence sequence leaves out 0 with the given power at that look.

    Earlier looks add a little power, which is not counted.
    """
    alpha, power = levels
    if n_star is None:
        return _per_arm(both, effect, _half_width(mixing_variance(alpha, 1.0), alpha) + float(ndtri(power)))
    at_least_one("n_star", n_star)
    spread, low, high = mixing_variance(alpha, n_star), 1, MOST_PER_ARM
    while low < high:
        middle = (low + high) // 2
        if effect / sqrt(both / middle) >= _half_width(2 * middle * spread, alpha) + float(ndtri(power)):
            high = middle
        else:
            low = middle + 1
    return low


def _half_width(time: float, alpha: float) -> float:
    """Of the confidence sequence, in standard errors, when n·ρ² is `time`."""
    return sqrt(2 * (time + 1) / time * log(sqrt(time + 1) / alpha))

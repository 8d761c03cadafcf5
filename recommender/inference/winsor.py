"""Amounts without the few that would drown all others: cut at a bound that is declared before an experiment starts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.inference._checked import at_least_zero, finite
from recommender.inference.sample import Values


def winsorise(values: Values, *, share: float | None = None, cap: float | None = None) -> NDArray[np.float64]:
    """The values, [n], cut at -cap and cap, or at the quantiles `share` and 1 - share; exactly one is given.

    With a share pass the customers of all arms together: bounds of their own would make arms different that are not.
    ValueError names values that are not finite, a cap below 0 or a share outside [0, 0.5).
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError("values: must be finite numbers, one a customer")
    if (share is None) == (cap is None):
        raise ValueError("share or cap: exactly one of them")
    if cap is not None:
        at_least_zero("cap", cap)
        return np.clip(numbers, -cap, cap)
    if share is None or not 0 <= finite("share", share) < 0.5:
        raise ValueError(f"share: must be at least 0 and below 0.5, not {share}")
    return np.clip(numbers, *np.quantile(numbers, (share, 1 - share))) if len(numbers) else numbers

"""Choice among what may be bought: what of the eligible products a customer takes, given which others are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from recommender.training_data import Bools, Floats, Ints

L2_UTILITY, L2_PATTERN = 1e-2, 10.0
PATTERN_ITEMS = 100  # up to so many products what is missing speaks of every other one
STEPS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Utilities by item, and what each missing item adds to them [missing, items] beside its usual share of missing.

    Conditional logit (McFadden 1974): P(i | eligible) = exp uᵢ / Σ exp uⱼ over the eligible j, where
    uᵢ = utilityᵢ + Σ (missingₘ − usualₘ)·patternₘᵢ. What a customer may not buy says what he has and who he is.
    """

    utility: Floats  # [items]
    pattern: Floats  # [items, items]; [0, items] of a large catalogue
    usual: Floats  # [items], or [0]

    @classmethod
    def fit(cls, eligible: Bools, bought: Bools) -> Choice:
        """From occasions [occasions, items]; what was bought without being eligible is passed over.

        An item that was never eligible is given the least utility of the others.
        """
        bought = bought & eligible
        size = eligible.shape[1]
        missing = (~eligible).astype(np.float64) if size <= PATTERN_ITEMS else np.empty((len(eligible), 0))
        usual = missing.mean(axis=0) if len(missing) else np.zeros(missing.shape[1])
        missing -= usual
        count = bought.sum(axis=1, keepdims=True).astype(np.float64)

        def loss(flat: Floats) -> tuple[float, Floats]:
            utility, pattern = flat[:size], flat[size:].reshape(-1, size)
            scores = np.where(eligible, utility + missing @ pattern, -np.inf)
            top = scores.max(axis=1, initial=-1e9, keepdims=True)
            chance = np.exp(scores - top)
            total = np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)
            error = count * chance / total - bought
            fit = scores[bought].sum() - float((count * (np.log(total) + top)).sum())
            ridge = L2_UTILITY * np.square(utility).sum() + L2_PATTERN * np.square(pattern).sum()
            slope = np.concatenate([error.sum(axis=0) + 2 * L2_UTILITY * utility, (missing.T @ error).ravel()])
            slope[size:] += 2 * L2_PATTERN * flat[size:]
            return float(ridge - fit), slope

        first = np.zeros(size * (1 + missing.shape[1]))
        found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
        utility, offered = found[:size].copy(), eligible.any(axis=0)
        utility[~offered] = utility[offered].min(initial=0.0)
        return cls(utility, found[size:].reshape(-1, size), usual)

    def score(self, eligible: Bools) -> Floats:
        """Utilities [n, items]; of a row without any eligible item, of which nothing is known, those of a usual one."""
        if not len(self.usual):
            return np.broadcast_to(self.utility, eligible.shape)
        missing = np.where(eligible.any(axis=1, keepdims=True), ~eligible - self.usual, 0.0)
        return np.asarray(self.utility + missing @ self.pattern)

    def of_items(self, kept: Ints) -> Choice:
        """Of some items; in a catalogue of which only some are needed nothing hangs on what is missing."""
        return Choice(self.utility[kept], self.pattern[:, kept], self.usual)

    def to_arrays(self) -> dict[str, Floats]:
        return {"utility": self.utility, "pattern": self.pattern, "usual": self.usual}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> Choice:
        """What `to_arrays` wrote."""
        return cls(arrays["utility"], arrays["pattern"], arrays["usual"])

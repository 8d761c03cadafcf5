"""The ranker: one calibrated logistic blend of the features per tier, and one over all products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from recommender.training_data import Bools, Floats

TIERS = ("fixed", "migratable", "transferable")
LISTING = "listing"
BLENDS = (*TIERS, LISTING)
HORIZON_DAYS = 180  # of the transferable tier's probability (domain model §5)


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Rows are `BLENDS`; `known` says which of them training kept.

    A blend's probability is σ(slope·(weights·features + constant) + shift) within `window_days`; that of the
    transferable tier is carried on to 180 days at the same daily hazard.
    """

    weights: Floats  # [4, features]
    constant: Floats  # [4]
    calibration: Floats  # [4, 2] slope, shift
    known: Bools  # [4]
    window_days: int

    def probabilities(self, block: Floats) -> Floats:
        """[4, ...] from features [features, ...]; nan for a blend that was not kept."""
        slope, shift = self.calibration[:, :1], self.calibration[:, 1]
        own, constant = self.weights * slope, self.constant * slope[:, 0] + shift
        rows = block.reshape(len(block), -1, block.shape[-1])
        logits = np.empty((len(own), *rows.shape[1:]))
        for number in range(rows.shape[1]):  # one by one: a product of matrices may round by how wide they are
            logits[:, number] = own @ rows[:, number]
        logits += constant[:, None, None]
        chance: Floats = expit(logits).reshape(-1, *block.shape[1:])
        place = TIERS.index("transferable")
        if self.known[place] and 0 < self.window_days < HORIZON_DAYS:
            chance[place] = at_horizon(chance[place], self.window_days)
        chance[~self.known] = np.nan
        return chance

    def to_arrays(self) -> dict[str, Floats]:
        return {"weights": self.weights, "constant": self.constant, "calibration": self.calibration}

    def to_manifest(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What the arrays do not say."""
        kept = [name for name, known in zip(BLENDS, self.known, strict=True) if known]
        return {"blends": kept, "features": list(names), "window_days": self.window_days}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats], manifest: Mapping[str, Any]) -> Ranker:
        """What the two above wrote."""
        known = np.array([name in manifest["blends"] for name in BLENDS])
        return cls(arrays["weights"], arrays["constant"], arrays["calibration"], known, int(manifest["window_days"]))


def at_horizon(chance: Floats, window_days: int) -> Floats:
    """1 − (1 − p)^(180 / window): the probability within 180 days at the daily hazard of the window."""
    return np.asarray(-np.expm1(np.log1p(-np.minimum(chance, 1 - 1e-12)) * (HORIZON_DAYS / window_days)))

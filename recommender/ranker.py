"""The ranker: one calibrated logistic blend of the features per tier, and one over all products.

A blend weighs the features of products that the customer has had otherwise than those of products that are new to him:
what makes somebody buy again says little about what is bought for the first time (measured in ADR 0026). So have
customers of whom nothing is known, new ones and those of whom it only was not seen (ADR 0028).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from recommender.features import KINDS, NAMES, kind_of
from recommender.leaning import UNBENT, Leaning
from recommender.training_data import Bools, Floats

TRANSFERABLE = "transferable"
TIERS = ("fixed", "migratable", TRANSFERABLE)
LISTING = "listing"
BLENDS = (*TIERS, LISTING)
Features = NDArray[np.floating]
HORIZON_DAYS = 180  # of the transferable tier's probability (domain model §5)


class Blend(NamedTuple):
    """One blend: weights [4, features] and constants [4] by `features.kind_of`."""

    weights: Floats
    constant: Floats

    def logits(self, features: Features) -> Floats:
        """The uncalibrated scores of rows [n, features]."""
        every = features @ self.weights.T + self.constant
        return np.asarray(every[np.arange(len(every)), kind_of(features.T)], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Rows are `BLENDS`, each with four sets of weights as `Blend`; `known` says which of them training kept.

    A blend's probability is σ(slope·(weights·features + constant) + shift) within `window_days`; that of the
    transferable tier is carried on to 180 days at the same daily hazard.
    """

    weights: Floats  # [4, 4, features]
    constant: Floats  # [4, 4]
    calibration: Floats  # [4, 4, 2] slope, shift
    known: Bools  # [4]
    window_days: int
    leaning: Leaning = UNBENT  # of the order of the transferable tier

    def blend(self, place: int) -> Blend:
        """The weights of one blend."""
        return Blend(self.weights[place], self.constant[place])

    def chances(self, place: int, features: Features) -> Floats:
        """The probabilities of rows [n, features] by one blend, that of the transferable tier within 180 days."""
        slope, shift = self.calibration[place, kind_of(features.T)].T
        chance: Floats = expit(slope * self.blend(place).logits(features) + shift)
        return at_horizon(chance, self.window_days) if self._carried_on(place) else chance

    def lacking(self, block: Features) -> Floats:
        """What the log odds of the transferable tier lack of the claims' face value [...], from [features, ...]."""
        place, claim = BLENDS.index(TRANSFERABLE), NAMES.index("tag_claim")
        counted = self.calibration[place, :, 0] * self.weights[place, :, claim]
        return np.asarray(np.maximum(0.0, 1.0 - counted)[kind_of(block)] * block[claim], dtype=np.float64)

    def leanings(self, block: Floats) -> Floats | None:
        """What the order of the transferable tier adds to the log odds [...], from features; None for nothing."""
        if self.leaning == UNBENT:
            return None
        return self.leaning.of(self.lacking(block), block[NAMES.index("popularity")])

    def _carried_on(self, place: int) -> bool:
        return BLENDS[place] == TRANSFERABLE and 0 < self.window_days < HORIZON_DAYS

    def probabilities(self, block: Floats) -> Floats:
        """[4, ...] from features [features, ...]; nan for a blend that was not kept."""
        slope, shift = self.calibration[..., 0], self.calibration[..., 1]
        own = np.moveaxis(self.weights * slope[..., None], 1, 0).reshape(-1, self.weights.shape[-1])
        constant = (self.constant * slope + shift).T.reshape(-1, 1)
        rows = block.reshape(len(block), -1, block.shape[-1])
        kind = kind_of(rows)
        logits = np.empty((len(BLENDS), *rows.shape[1:]))
        for number, kinds in enumerate(kind):  # one by one: a product of matrices may round by how wide they are
            every = (own @ rows[:, number] + constant).reshape(KINDS, len(BLENDS), -1)
            logits[:, number] = np.take_along_axis(every, kinds[None, None], axis=0)[0]
        chance: Floats = expit(logits).reshape(-1, *block.shape[1:])
        place = TIERS.index(TRANSFERABLE)
        if self.known[place] and self._carried_on(place):
            chance[place] = at_horizon(chance[place], self.window_days)
        chance[~self.known] = np.nan
        return chance

    def to_arrays(self) -> dict[str, Floats]:
        return {"weights": self.weights, "constant": self.constant, "calibration": self.calibration}

    def to_manifest(self) -> dict[str, Any]:
        """What the arrays do not say."""
        kept = [name for name, known in zip(BLENDS, self.known, strict=True) if known]
        leaning = self.leaning._asdict()
        return {"blends": kept, "features": list(NAMES), "window_days": self.window_days, "leaning": leaning}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats], manifest: Mapping[str, Any]) -> Ranker:
        """What the two above wrote."""
        known = np.array([name in manifest["blends"] for name in BLENDS])
        days, leaning = int(manifest["window_days"]), Leaning(**manifest["leaning"])
        return cls(arrays["weights"], arrays["constant"], arrays["calibration"], known, days, leaning)


def at_horizon(chance: Floats, window_days: int) -> Floats:
    """1 − (1 − p)^(180 / window): the probability within 180 days at the daily hazard of the window."""
    return np.asarray(-np.expm1(np.log1p(-np.minimum(chance, 1 - 1e-12)) * (HORIZON_DAYS / window_days)))

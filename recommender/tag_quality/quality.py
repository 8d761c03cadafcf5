"""Quality of a tag for a customer: truthfulness, durability and uniqueness in one number per lifecycle stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from recommender.training_data import Floats

STAGE_WEIGHTS: Mapping[str, tuple[float, float, float]] = {
    "acquisition": (0.60, 0.10, 0.30),
    "cultivation": (0.40, 0.35, 0.25),
    "value": (0.30, 0.40, 0.30),
}
FLOOR = 0.01
CONFIDENCE_N0 = 3.0


class Quality(NamedTuple):
    """Q̃ and the confidence in the customer's own Q, both in [0, 1]."""

    quality: Floats
    confidence: Floats

    @staticmethod
    def own(truth: Floats | float, durability: Floats | float, uniqueness: Floats | float, stage: str) -> Floats:
        """Q: the weighted geometric mean; each measure is floored at 0.01, so that none alone decides for ever."""
        measures = (np.maximum(measure, FLOOR) for measure in (truth, durability, uniqueness))
        powers = [measure**weight for measure, weight in zip(measures, STAGE_WEIGHTS[stage], strict=True)]
        return np.asarray(powers[0] * powers[1] * powers[2], dtype=np.float64)

    @classmethod
    def shrunk(
        cls, own: Floats | float, n_eff: Floats | float, tag_level: Floats | float, n0: float = CONFIDENCE_N0
    ) -> Quality:
        """Q̃: the customer's Q drawn to the tag's own level, with confidence n_eff / (n_eff + n0)."""
        confidence = np.asarray(n_eff / (np.asarray(n_eff, dtype=np.float64) + n0))
        return cls(np.asarray(confidence * own + (1 - confidence) * tag_level), confidence)

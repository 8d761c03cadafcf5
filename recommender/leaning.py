"""What the order of the transferable tier adds to the log odds of a product, and its probability does not."""

from __future__ import annotations

from typing import NamedTuple

from recommender.training_data import Floats


class Leaning(NamedTuple):
    """Log odds of the order = those of the probability + conviction · tag claim − handicap · log popularity.

    Conviction believes what tags claim further than purchases have proved it: few of them follow within the window on
    a preference for what was never bought. The handicap shows what is not popular (recommender.md §7).
    """

    conviction: float = 0.0
    handicap: float = 0.0

    def of(self, claim: Floats, popularity: Floats) -> Floats:
        """What is added; the claim as log lift, popularity as log odds against an average product."""
        return self.conviction * claim - self.handicap * popularity


UNBENT = Leaning()
"""The order by probability alone."""

"""What the order of the transferable tier adds to the log odds of a product, and its probability does not."""

from __future__ import annotations

from typing import NamedTuple

from recommender.training_data import Floats


class Leaning(NamedTuple):
    """Log odds of the order = those of the probability + conviction · lacking − handicap · log popularity.

    `lacking` is what the probability's log odds count of a tag's claim short of its face value: few purchases follow
    within the window on a preference for what was never bought, and conviction, 0 to 1, makes up for a share of that.
    The handicap shows what is not popular (recommender.md §7).
    """

    conviction: float = 0.0
    handicap: float = 0.0

    def of(self, lacking: Floats, popularity: Floats) -> Floats:
        """What is added; both in log odds, of popularity against an average product."""
        return self.conviction * lacking - self.handicap * popularity


UNBENT = Leaning()
"""The order by probability alone."""

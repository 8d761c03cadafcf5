"""When a log says too little of a policy to be asked for a number, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.off_policy.support import Support

MIN_ESS, MIN_SUPPORTED, MAX_ROW_SHARE = 200.0, 0.95, 0.10
"""Off-policy design (experiments §9): below or above these no estimate is told."""

Code = Literal[
    "fixed_tier",
    "deterministic_slot",
    "no_propensity",
    "other_task",
    "no_overlap",
    "low_support",
    "low_ess",
    "one_row_dominates",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason why no number is told: its code, what was found, and what it would have to be."""

    code: Code
    found: float | None = None
    limit: float | None = None

    @property
    def text(self) -> str:
        """One sentence for whoever asked."""
        return _TEXTS[self.code].format(found=self.found, limit=self.limit)


_TEXTS = {
    "fixed_tier": "the fixed tier is never explored: what stands there cannot be judged from a log",
    "deterministic_slot": "the log drew no card of this slot: a shelf without chance says nothing of another one",
    "no_propensity": "{found:.0f} rows on which the policy would act were logged without a chance",
    "other_task": "{found:.0f} cards would carry another task, or none: the log never drew such a card",
    "no_overlap": "the policy would never show what the log shows here",
    "low_support": "{found:.1%} of what the policy would show here could have been drawn in the log, of {limit:.0%}",
    "low_ess": "the log is worth {found:.0f} draws of the policy (effective sample size), of {limit:.0f}",
    "one_row_dominates": "one row carries {found:.1%} of the total weight, of {limit:.0%} at the most",
}
DETERMINISTIC = Refusal("deterministic_slot")
FIXED = Refusal("fixed_tier")


def refusals(support: Support) -> tuple[Refusal, ...]:
    """Every reason against an estimate, the most basic first; none: it may be told."""
    if not support.rows:
        return (DETERMINISTIC,)
    if support.unknown:
        return (Refusal("no_propensity", float(support.unknown)),)
    if support.max_weight <= 0:
        return (Refusal("no_overlap"),)
    found = []
    if support.supported < MIN_SUPPORTED:
        found.append(Refusal("low_support", support.supported, MIN_SUPPORTED))
    if support.ess < MIN_ESS:
        found.append(Refusal("low_ess", support.ess, MIN_ESS))
    if support.largest_share > MAX_ROW_SHARE:
        found.append(Refusal("one_row_dominates", support.largest_share, MAX_ROW_SHARE))
    return tuple(found)

"""How often the carriers of each tag, and everybody else, bought what it claims among what competes with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.training_data import Bools, Floats, Ints

LEAD = 0.25
"""δ of domain.md §11: how far a preference has to lead the base rate."""
HIGHEST_BASE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class TruthEvidence:
    """Of one tag: weighted occasions `n` after the assignment and those among them in its categories, `hits`.

    `n_eff` is the number of equally good occasions they are worth; a row is a customer of `customer`. `theta0`
    per stage is what a true preference has to exceed (an aversion: to stay below).
    """

    customer: Ints
    hits: Floats
    n: Floats
    n_eff: Floats
    theta0: Floats  # [stages]

    @classmethod
    def of(cls, evidence: Evidence, tag: int, stages: int) -> TruthEvidence:
        """The evidence of a tag that claims categories of one family (domain.md §11)."""
        bought, since = evidence.purchases, evidence.assigned[:, tag].astype(np.int64)
        rivals = evidence.rivals(tag)
        inside = rivals[bought.category]
        customer, weight = bought.customer[inside], bought.weight[inside]
        hit = evidence.claims[tag][bought.category[inside]]
        tagged = since[customer] != NEVER
        after = tagged & (bought.day[inside] > since[customer])
        carriers = np.flatnonzero(since != NEVER)
        n, squares = _sums(customer, weight, after, evidence.customers)
        total = n[carriers]
        worth = np.divide(total**2, squares[carriers], out=np.zeros(len(carriers)), where=squares[carriers] > 0)
        base = _base(evidence.stage[customer], weight, hit, evidence.untagged(tag)[customer], stages)
        return cls(
            customer=carriers,
            hits=_sums(customer, weight, after & hit, evidence.customers)[0][carriers],
            n=total,
            n_eff=np.minimum(total, worth),
            theta0=_bar(base, float(evidence.polarity[tag])),
        )


def _bar(base: Floats, polarity: float) -> Floats:
    """θ0: the base rate raised by δ; for an aversion it is lowered as much."""
    return np.minimum((1 + LEAD) * base, HIGHEST_BASE) if polarity > 0 else base / (1 + LEAD)


def _sums(customer: Ints, weight: Floats, mask: Bools, customers: int) -> tuple[Floats, Floats]:
    of, kept = customer[mask], weight[mask]
    return _added(of, kept, customers), _added(of, kept**2, customers)


def _added(of: Ints, values: Floats, customers: int) -> Floats:
    return np.asarray(np.bincount(of, values, customers), dtype=np.float64)


def _base(stage: Ints, weight: Floats, hit: Bools, untagged: Bools, stages: int) -> Floats:
    """The hits' share of the untagged per stage; a stage without occasions has that of all stages.

    Where nobody ever bought it, half an occasion stands for what has not been seen yet.
    """
    n = np.bincount(stage[untagged], weight[untagged], stages)
    hits = np.bincount(stage[untagged & hit], weight[untagged & hit], stages)
    everywhere = max(hits.sum(), 0.5) / (n.sum() + 1.0) if hits.sum() < 0.5 else hits.sum() / n.sum()
    seen = np.where(hits > 0, hits, 0.5) / np.where(hits > 0, np.maximum(n, 1e-300), n + 1.0)
    return np.asarray(np.where(n > 0, seen, everywhere))

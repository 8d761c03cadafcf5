"""Who buys what a tag claims again and again without having been given it: candidates for a latent tag (反推)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.beta_prior import beta_prior
from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.hierarchy import hierarchy
from recommender.tag_quality.truth_evidence import TruthEvidence
from recommender.tag_quality.truthfulness import truthfulness
from recommender.training_data import Bools, Floats, Ints

GIVEN, KEPT = 0.8, 0.6
"""Truth above which a latent tag is given, and from which on it stays (domain.md §12; hysteresis)."""
LEAST_OCCASIONS = 3.0
"""Effective competing occasions: from there on what a customer does counts for half or more (conf of §11)."""
LEAST_HITS = 2.0
"""Weighted occasions of what is claimed: truth is told from repetition, and the prior alone is that of the carriers."""
WINDOW_DAYS = 365
"""What lies further back speaks of somebody the customer may no longer be."""
_NEUTRAL, _EDGE = (1.0, 1.0), 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Latent:
    """What speaks for one tag of customers without it, an entry each: `hits` among `n` weighted occasions of a year.

    `occasions` are the hits whatever they weigh, `since` the day of the first (-1 none), `truth` P(θ > θ0 | x, n).
    """

    tag: int
    customer: Ints
    hits: Floats
    n: Floats
    n_eff: Floats
    occasions: Ints
    since: Ints
    theta0: Floats
    truth: Floats

    @classmethod
    def each(cls, evidence: Evidence, tags: Ints, asked: Bools, stages: int) -> Iterator[Latent]:
        """Of each of the tags, which claim something, about the customers `asked`, [tags, N]; about nobody else.

        Prior and θ0 are those of the tag's truthfulness. Evidence is discounted as there: exposure breeds nothing.
        """
        claiming = np.flatnonzero(evidence.claims.any(axis=1))
        truths = [TruthEvidence.of(evidence, tag, stages) for tag in claiming.tolist()]
        samples = [(truth.hits, truth.n, evidence.stage[truth.customer]) for truth in truths]
        prior = hierarchy(samples, beta_prior, stages, _NEUTRAL, shares=True)
        for tag, of in zip(tags.tolist(), asked, strict=True):
            place = int(np.searchsorted(claiming, tag))
            yield cls._of(evidence, tag, of, (prior[place], truths[place].theta0))

    @property
    def gives(self) -> Bools:
        """Of whom there is enough to give the tag."""
        enough = (self.n_eff >= LEAST_OCCASIONS - _EDGE) & (self.hits >= LEAST_HITS - _EDGE)
        return np.asarray(enough & (self.truth > GIVEN))

    @property
    def keeps(self) -> Bools:
        """Of whom there is enough to leave it once given."""
        return np.asarray((self.hits >= 1.0 - _EDGE) & (self.truth >= KEPT))

    @classmethod
    def _of(cls, evidence: Evidence, tag: int, asked: Bools, learnt: tuple[Floats, Floats]) -> Latent:
        bought, of, (prior, theta0) = evidence.purchases, np.flatnonzero(asked), learnt
        recent = (bought.day > evidence.as_of - WINDOW_DAYS) & (bought.day <= evidence.as_of)
        inside = recent & asked[bought.customer] & evidence.rivals(tag)[bought.category]
        own = inside & evidence.claims[tag][bought.category]
        n, squares, hits, occasions = (
            np.asarray(
                np.bincount(bought.customer[mask], bought.weight[mask] ** power, evidence.customers)[of], np.float64
            )
            for mask, power in ((inside, 1), (inside, 2), (own, 1), (own, 0))
        )
        first = np.full(evidence.customers, evidence.as_of + 1)
        np.minimum.at(first, bought.customer[own], bought.day[own])
        stage = evidence.stage[of]
        a, b = prior[stage].T
        return cls(
            tag=tag,
            customer=of,
            hits=hits,
            n=n,
            n_eff=np.minimum(n, np.divide(n**2, squares, out=np.zeros(len(of)), where=squares > 0)),
            occasions=np.rint(occasions).astype(np.int64),
            since=np.where(occasions > 0, first[of], -1),
            theta0=theta0[stage],
            truth=truthfulness(hits, n, a=a, b=b, theta0=theta0[stage]),
        )

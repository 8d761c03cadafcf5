"""The three measures of every carrier of every tag that claims something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.tag_quality._lives import Lives
from recommender.tag_quality._money import Concentrations
from recommender.tag_quality._pairs import redundancies
from recommender.tag_quality.beta_prior import beta_prior
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.hierarchy import hierarchy
from recommender.tag_quality.rarity import rarity
from recommender.tag_quality.truth_evidence import TruthEvidence
from recommender.tag_quality.truthfulness import truthfulness
from recommender.tag_quality.uniqueness import uniqueness
from recommender.training_data import Bools, Floats, Ints

NEUTRAL_SHARE = (1.0, 1.0)
"""The prior where nobody has any later occasion: every share is as likely."""


@dataclass(frozen=True, slots=True, eq=False)
class Carriers:
    """One entry a (customer, tag); those behind `uniqueness` have one a tag, or one a tag and level.

    `lived` says that a spell of the tag was seen.
    """

    stages: int
    customer: Ints
    tag: Ints
    stage: Ints
    n: Floats
    n_eff: Floats
    lived: Bools
    truth: Floats
    durability: Floats
    uniqueness: Floats
    tagged: Floats  # [tags, 1 + stages]
    survival_year: Floats  # [tags, 1 + stages]
    half_life: Floats  # [tags, 1 + stages]
    concentration: Floats  # [tags, 1 + stages]
    rarity: Floats  # [tags]
    redundancy: Floats  # [tags]


def carriers_of(evidence: Evidence, stages: int) -> Carriers:
    """Every tag by itself, and the priors that the tags share."""
    carried = evidence.assigned != NEVER
    claiming = np.flatnonzero(evidence.claims.any(axis=1))
    truths = [TruthEvidence.of(evidence, tag, stages) for tag in claiming.tolist()]
    customer = _joined([truth.customer for truth in truths]).astype(np.int64)
    tag = np.repeat(claiming, [len(truth.customer) for truth in truths])
    stage = evidence.stage[customer]
    n = _joined([truth.n for truth in truths])
    lives = Lives.of(evidence, claiming, (customer, tag, stage), stages)
    rare, red = rarity(max(evidence.customers, 1), carried.sum(axis=0)), redundancies(carried)
    concentration = Concentrations.of(evidence, claiming, (customer, tag, stage), stages)
    return Carriers(
        stages=stages,
        customer=customer,
        tag=tag,
        stage=stage,
        n=n,
        n_eff=_joined([truth.n_eff for truth in truths]),
        lived=lives.exit_days > 0,
        truth=_truth(evidence, truths, (tag, stage), stages),
        durability=lives.durability,
        uniqueness=uniqueness(rare[tag], red[tag], concentration.own),
        tagged=_tagged(carried, evidence.stage, stages),
        survival_year=lives.survival_year,
        half_life=lives.half_life,
        concentration=concentration.group,
        rarity=rare,
        redundancy=red,
    )


def _truth(evidence: Evidence, truths: Sequence[TruthEvidence], of: tuple[Ints, Ints], stages: int) -> Floats:
    """P(the carrier prefers what the tag claims); of an aversion, P(the carrier keeps away from it)."""
    samples = [(truth.hits, truth.n, evidence.stage[truth.customer]) for truth in truths]
    prior = hierarchy(samples, beta_prior, stages, NEUTRAL_SHARE, shares=True)
    place = np.repeat(np.arange(len(truths)), [len(truth.customer) for truth in truths])
    tag, stage = of
    a, b = prior[place, stage].T if len(place) else (np.empty(0), np.empty(0))
    hits, n = _joined([truth.hits for truth in truths]), _joined([truth.n for truth in truths])
    theta0 = _joined([truth.theta0[evidence.stage[truth.customer]] for truth in truths])
    above = truthfulness(hits, n, a=a, b=b, theta0=theta0)
    return np.where(evidence.polarity[tag] > 0, above, 1 - above)


def _tagged(carried: Bools, stage: Ints, stages: int) -> Floats:
    by_stage = [carried[stage == number].sum(axis=0) for number in range(stages)]
    return np.column_stack([carried.sum(axis=0), *by_stage]).astype(np.float64)


def _joined(parts: Sequence[Floats] | Sequence[Ints]) -> Floats:
    return np.concatenate(parts) if len(parts) else np.empty(0)

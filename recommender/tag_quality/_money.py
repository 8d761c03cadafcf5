"""Whether the carriers' new money goes to what the tag claims more than that of comparable customers."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.fund_concentration import FundConcentration
from recommender.training_data import Floats, Ints

MONTHS, PRIOR_MONTHS = 12.0, 2.0
NEUTRAL = 0.5


def concentrations(evidence: Evidence, claiming: Ints, of: tuple[Ints, Ints, Ints], stages: int) -> Floats:
    """ℓ of §11 for every (customer, tag, stage): ½ is as the untagged of the stage; an aversion counts from the other
    side.

    Only money that stays counts: negative sums are none (§21.6). Where the money from outside is known, a customer's
    new money is no more than that, in every category in proportion.
    """
    customer, tag, stage = of
    result = np.full(len(customer), NEUTRAL)
    for number in claiming.tolist():
        own, total, prior = _of_tag(evidence, number, stages)
        peers = _peer_share(own, total, evidence, number, stages)
        rows = tag == number
        who, level = customer[rows], stage[rows]
        lq = FundConcentration.of(own[who], total[who], peer_share=peers[level], prior=prior[level]).concentration
        result[rows] = lq if evidence.polarity[number] > 0 else 1 - lq
    return result


def _of_tag(evidence: Evidence, tag: int, stages: int) -> tuple[Floats, Floats, Floats]:
    """New money of every customer in the tag's categories and in its families, and per stage the prior's money m."""
    families = np.unique(evidence.family[evidence.claims[tag]])
    rivals = np.isin(evidence.family, families)
    gained = np.maximum(evidence.inflow, 0.0)
    total = gained[:, rivals].sum(axis=1)
    own = gained[:, evidence.claims[tag]].sum(axis=1)
    if evidence.invests.issuperset(families.tolist()):
        bound = np.where(np.isnan(evidence.external), np.inf, np.maximum(evidence.external, 0.0))
        kept = np.where(total > 0, np.minimum(1.0, bound / np.where(total > 0, total, 1.0)), 1.0)
        own, total = own * kept, total * kept
    return own, total, _prior_money(total, evidence.stage, stages)


def _prior_money(total: Floats, stage: Ints, stages: int) -> Floats:
    """m: twice the median monthly inflow of those in the stage who had any, at least one minor unit."""
    some = total > 0
    inflows = [total[some & (stage == number)] for number in range(stages)]
    return np.array(
        [max(PRIOR_MONTHS * float(np.median(part)) / MONTHS if len(part) else 0.0, 1.0) for part in inflows]
    )


def _peer_share(own: Floats, total: Floats, evidence: Evidence, tag: int, stages: int) -> Floats:
    """π: the share of the tag's categories in the new money of the untagged, per stage."""
    untagged = evidence.assigned[:, tag] == NEVER
    stage = evidence.stage[untagged]
    money = np.bincount(stage, total[untagged], stages)
    return np.bincount(stage, own[untagged], stages) / np.where(money > 0, money, 1.0)

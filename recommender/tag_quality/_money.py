"""Whether the carriers' new money goes to what a tag claims more than that of comparable customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.fund_concentration import FundConcentration
from recommender.tag_quality.group_concentration import GroupConcentration
from recommender.training_data import Bools, Floats, Ints

MONTHS, PRIOR_MONTHS = 12.0, 2.0
NEUTRAL = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Concentrations:
    """ℓ of §11: `own` of every (customer, tag), `group` of every tag and level."""

    own: Floats
    group: Floats  # [tags, 1 + stages]

    @classmethod
    def of(cls, evidence: Evidence, claiming: Ints, carriers: tuple[Ints, Ints, Ints], stages: int) -> Concentrations:
        """Of every (customer, tag, stage) of `carriers` and every tag; ½ is as the untagged of the stage, an aversion
        counts from the other side.

        Of a carrier only the money after the assignment counts, as every occasion does.
        """
        customer, tag, stage = carriers
        own = np.full(len(customer), NEUTRAL)
        observed, expected = np.zeros((2, evidence.tags, stages + 1))
        prior = _prior_money(_new_money(evidence, np.ones(evidence.claims.shape[1], np.bool_))[1], evidence, stages)
        for number in claiming.tolist():
            inside, total = _new_money(evidence, evidence.claims[number], evidence.assigned[:, number])
            share = np.divide(inside, total, out=np.zeros(evidence.customers), where=total > 0)
            peers = _peer_share(share, total > 0, evidence, (number, stages))
            rows = tag == number
            who, level = customer[rows], stage[rows]
            lq = FundConcentration.of(inside[who], total[who], peer_share=peers[level], prior=prior[level])
            own[rows] = lq.concentration if evidence.polarity[number] > 0 else 1 - lq.concentration
            some = total[who] > 0
            for sums, values in ((observed, share[who]), (expected, peers[level])):
                sums[number, 1:] = np.bincount(level[some], values[some], stages)
                sums[number, 0] = sums[number, 1:].sum()
        return cls(own, GroupConcentration.of(observed, expected, evidence.polarity).concentration)


def _new_money(evidence: Evidence, claims: Bools, since: Ints | None = None) -> tuple[Floats, Floats]:
    """N_uc and N_u of every customer after a day of each: what stays, categories with less than before giving nothing
    (§21.6), and no more than came from outside where that is known, in every category in proportion.
    """
    money, shape = evidence.money, (evidence.customers, evidence.claims.shape[1])
    later = np.ones(len(money.day), np.bool_) if since is None else money.day > since[money.customer]
    cell = money.customer[later] * shape[1] + money.category[later]
    net = np.bincount(cell, money.amount[later], shape[0] * shape[1]).reshape(shape)
    gained = np.maximum(net, 0.0)
    total = gained.sum(axis=1)
    bound = np.where(np.isnan(evidence.external), np.inf, np.maximum(evidence.external, 0.0))
    kept = np.minimum(1.0, np.divide(bound, total, out=np.ones_like(total), where=total > 0))
    return gained[:, claims].sum(axis=1) * kept, total * kept


def _prior_money(total: Floats, evidence: Evidence, stages: int) -> Floats:
    """m: twice the median monthly inflow of those in the stage who had any, at least one minor unit."""
    some = total > 0
    inflows = [total[some & (evidence.stage == number)] for number in range(stages)]
    return np.array(
        [max(PRIOR_MONTHS * float(np.median(part)) / MONTHS if len(part) else 0.0, 1.0) for part in inflows]
    )


def _peer_share(share: Floats, some: Bools, evidence: Evidence, of: tuple[int, int]) -> Floats:
    """π: the mean share of the tag's categories in the new money of the untagged who had any, per stage."""
    tag, stages = of
    peers = some & evidence.untagged(tag)
    stage = evidence.stage[peers]
    return np.bincount(stage, share[peers], stages) / np.maximum(np.bincount(stage, minlength=stages), 1)

"""How long the preferences that tags claim last, for every carrier and for every tag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.durability import HORIZON_DAYS, durability
from recommender.tag_quality.evidence import NEVER, OPEN, Evidence, Held
from recommender.tag_quality.gamma_prior import gamma_prior
from recommender.tag_quality.hierarchy import hierarchy
from recommender.tag_quality.survival import Survival
from recommender.tag_quality.tag_spells import TagSpells
from recommender.training_data import Bools, Floats, Ints

NEUTRAL_HAZARD = (1.0, HORIZON_DAYS)
"""The prior where no spell was seen: half of them outlive another horizon."""
SHORTEST_GAP = 30
GAPS = 2  # median gaps without anything, after which a preference has ended


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """`durability` and `exit_days` have one entry a carrier, the curve's figures one a tag and level."""

    durability: Floats
    exit_days: Floats
    survival_year: Floats  # [tags, 1 + stages]
    half_life: Floats  # [tags, 1 + stages]

    @classmethod
    def of(cls, evidence: Evidence, claiming: Ints, carriers: tuple[Ints, Ints, Ints], stages: int) -> Lives:
        """Of every (customer, tag, stage) of `carriers`, ordered by the tags as they stand in `claiming`.

        The horizon of 180 days is so many days on which leaving is possible as the tag's spells have in such a time:
        a lock is no loyalty, and neither does it make a horizon longer.
        """
        customer, tag, stage = carriers
        ended, exit_days, horizon = np.zeros(len(customer)), np.zeros(len(customer)), np.full(len(customer), np.nan)
        year, half = (np.full((evidence.tags, stages + 1), np.nan) for _ in range(2))
        gaps = _gaps(evidence)
        for number in claiming.tolist():
            spells, rows = _spells(evidence, number, gaps), tag == number
            ended[rows] = np.bincount(spells.customer, spells.ended, evidence.customers)[customer[rows]]
            exit_days[rows] = np.bincount(spells.customer, spells.exit_days, evidence.customers)[customer[rows]]
            if spells.exit_days.sum() > 0:
                horizon[rows] = HORIZON_DAYS * spells.exit_days.sum() / spells.days.sum()
            for level in range(stages + 1):
                inside = (
                    np.ones(len(spells.days), np.bool_) if not level else evidence.stage[spells.customer] == level - 1
                )
                curve = Survival.of(spells.days[inside], spells.ended[inside])
                year[number, level], half[number, level] = curve.mean_share(), curve.half_life()
        samples = [
            (ended[tag == number], exit_days[tag == number], stage[tag == number]) for number in claiming.tolist()
        ]
        a, b = _priors(hierarchy(samples, gamma_prior, stages, NEUTRAL_HAZARD), claiming, tag, stage)
        horizon = np.where(np.isnan(horizon), HORIZON_DAYS, horizon)
        return cls(durability(ended, exit_days, a=a, b=b, horizon=horizon), exit_days, year, half)


def _priors(prior: Floats, claiming: Ints, tag: Ints, stage: Ints) -> tuple[Floats, Floats]:
    own = prior[np.searchsorted(claiming, tag), stage]
    return own[:, 0], own[:, 1]


def _spells(evidence: Evidence, tag: int, gaps: Ints) -> TagSpells:
    """The spells of a tag; those of an aversion last from the assignment until its categories are bought or held."""
    claims, bought, held = evidence.claims[tag], evidence.purchases, evidence.held
    assigned = evidence.assigned[:, tag].astype(np.int64)
    active = _joined(_only(held, claims), _as_held(evidence, claims[bought.category]))
    if evidence.polarity[tag] < 0:
        return _absence(active, assigned, evidence.as_of)
    gap = int(gaps[claims].max())
    return TagSpells.of(active, _only(evidence.free, claims), assigned, gap=gap, as_of=evidence.as_of)


def _absence(active: Held, assigned: Ints, as_of: int) -> TagSpells:
    carriers = np.flatnonzero(assigned != NEVER)
    until = np.full(len(assigned), as_of + 1)
    since = assigned[active.customer]
    running = (active.ended == OPEN) | (active.ended > since)
    begun = np.maximum(active.opened, since)
    of = (since != NEVER) & (running | (active.opened > since))
    np.minimum.at(until, active.customer[of], begun[of])
    days = np.minimum(until, as_of)[carriers] - assigned[carriers]
    lived = days > 0
    spent = days[lived].astype(np.float64)
    return TagSpells(carriers[lived], spent, spent, (until <= as_of)[carriers][lived])


def _gaps(evidence: Evidence) -> Ints:
    """g_c: twice the median days between occasions, at least 30 and at most the category's half-life."""
    bought = evidence.purchases
    order = np.lexsort((bought.day, bought.customer, bought.category))
    category, customer, day = bought.category[order], bought.customer[order], bought.day[order]
    same = (np.diff(category) == 0) & (np.diff(customer) == 0)
    of, gap = category[1:][same], np.diff(day)[same]
    longest = np.maximum(evidence.half_life, SHORTEST_GAP)
    gaps = longest.copy()
    for number in np.unique(of).tolist():
        gaps[number] = min(max(GAPS * float(np.median(gap[of == number])), SHORTEST_GAP), longest[number])
    return np.rint(gaps).astype(np.int64)


def _only(held: Held, claims: Bools) -> Held:
    mask = claims[held.category]
    return Held(held.customer[mask], held.category[mask], held.opened[mask], held.ended[mask])


def _as_held(evidence: Evidence, mask: Bools) -> Held:
    bought = evidence.purchases
    return Held(bought.customer[mask], bought.category[mask], bought.day[mask], bought.day[mask])


def _joined(one: Held, other: Held) -> Held:
    return Held(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Held.__slots__))

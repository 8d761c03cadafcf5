"""How many carriers of a tag show what it claims, and how many comparable customers without it do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.strata import STRATA, Strata
from recommender.tag_quality.visibility import LATEST, WINDOW_DAYS
from recommender.training_data import Floats, Ints

MOMENTS = 6
"""Of the days of assignment, at as many of their quantiles the customers without the tag are looked at."""
FEWEST_PEERS = 30


class Precision(NamedTuple):
    """Counts per level, [1 + stages], all stages together first: of one tag.

    `followed` carriers, with twenty days on record after the assignment or more; how many of them `shown` a sign of
    what the tag claims within 180 days; how many `expected` to, were they like the customers without the tag (nan: too
    few of these); and `peers`, those customers.
    """

    followed: Floats
    shown: Floats
    expected: Floats
    peers: Floats

    @classmethod
    def of(cls, signs: Signs, strata: Strata, evidence: Evidence, tag: int, stages: int) -> Precision:
        """From the `signs` of what a tag claims.

        Comparable are customers of the same stratum who did not carry the tag on a day on which carriers were given it,
        followed for as long (Kaplan-Meier: the later the day, the shorter they can be) or until they were given it.
        """
        assigned = evidence.assigned[:, tag].astype(np.int64)
        of = np.flatnonzero((assigned >= signs.since) & (assigned <= signs.until - LATEST) & (assigned != NEVER))
        counts = np.zeros((4, stages + 1))
        if not len(of):
            return cls(*counts)
        days = np.sort(assigned[of])
        moments = np.unique(days[(len(days) * (2 * np.arange(MOMENTS) + 1)) // (2 * MOMENTS)])
        who, when, censored = _untagged(evidence, tag, moments, strata)
        peers = len(np.unique(who))
        seen = _followed(signs, assigned[of])
        shown = signs.days_until(of, assigned[of]) <= seen
        curves = _curves(signs, (who, when, censored), strata.at(who, when))
        expected = curves[strata.at(of, assigned[of]), seen] if peers >= FEWEST_PEERS else np.full(len(of), np.nan)
        for number in range(stages):
            own = evidence.stage[of] == number
            counts[:3, number + 1] = own.sum(), shown[own].sum(), expected[own].sum()
        counts[:3, 0] = counts[:3, 1:].sum(axis=1)
        counts[3] = peers
        return cls(*counts)


def _untagged(evidence: Evidence, tag: int, moments: Ints, strata: Strata) -> tuple[Ints, Ints, Ints]:
    """Customers without the tag at each moment, the moment, and the day on which each was given it (far off: never)."""
    assigned, never = evidence.assigned[:, tag].astype(np.int64), evidence.untagged(tag)
    later = np.where(never, np.iinfo(np.int32).max, assigned)
    who = [np.flatnonzero((later > moment) & strata.there(moment)) for moment in moments.tolist()]
    customer = np.concatenate(who)
    return customer, np.repeat(moments, [len(one) for one in who]), later[customer]


def _followed(signs: Signs, since: Ints) -> Ints:
    return np.minimum(signs.until - since, WINDOW_DAYS)


def _curves(signs: Signs, untagged: tuple[Ints, Ints, Ints], stratum: Ints) -> Floats:
    """[strata, days]: the share that shows a sign within so many days; of all where a stratum has too few to tell."""
    who, when, censored = untagged
    seen = np.minimum(_followed(signs, when), censored - when)
    wait = signs.days_until(who, when)
    everybody = _shown_by(wait, seen)
    found = np.tile(everybody, (STRATA, 1))
    for number in np.unique(stratum).tolist():
        own = stratum == number
        if len(np.unique(who[own])) >= FEWEST_PEERS:
            found[number] = _shown_by(wait[own], seen[own])
    return found


def _shown_by(wait: Ints, seen: Ints) -> Floats:
    """The share with a sign within 0, 1, … 180 days, by Kaplan and Meier's product limit."""
    ended = np.minimum(wait, seen)
    came = np.bincount(ended[wait <= seen], minlength=WINDOW_DAYS + 1)
    at_risk = np.cumsum(np.bincount(ended, minlength=WINDOW_DAYS + 1)[::-1])[::-1]
    return np.asarray(1.0 - np.cumprod(1.0 - came / np.maximum(at_risk, 1)))

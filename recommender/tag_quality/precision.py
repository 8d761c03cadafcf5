"""How many carriers of a tag show what it claims, and how many comparable customers without it do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.repeats import LATEST, WINDOW_DAYS
from recommender.tag_quality.strata import STRATA, Strata
from recommender.training_data import Bools, Floats, Ints

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
        assigned = evidence.given(tag)
        of = np.flatnonzero((assigned >= signs.since) & (assigned <= signs.until - LATEST) & (assigned != NEVER))
        counts = np.zeros((4, stages + 1))
        if not len(of):
            return cls(*counts)
        days = np.sort(assigned[of])
        moments = np.unique(days[(len(days) * (2 * np.arange(MOMENTS) + 1)) // (2 * MOMENTS)])
        *untagged, stratum = _untagged(evidence, tag, moments, strata)
        peers = int(_marked(untagged[0], evidence.customers).sum())
        seen = _followed(signs, assigned[of])
        shown = signs.days_until(of, assigned[of]) <= seen
        curves = _curves(signs, untagged, stratum)
        expected = curves[strata.at(of, assigned[of]), seen] if peers >= FEWEST_PEERS else np.full(len(of), np.nan)
        for number in range(stages):
            own = evidence.stage[of] == number
            counts[:3, number + 1] = own.sum(), shown[own].sum(), expected[own].sum()
        counts[:3, 0] = counts[:3, 1:].sum(axis=1)
        counts[3] = peers
        return cls(*counts)


def _untagged(evidence: Evidence, tag: int, moments: Ints, strata: Strata) -> tuple[Ints, Ints, Ints, Ints]:
    """Customers without the tag at each moment, the moment, the day on which each was given it (far off: never), and
    the stratum.
    """
    assigned, never = evidence.given(tag), evidence.untagged(tag)
    later = np.where(never, np.iinfo(np.int32).max, assigned)
    who = [np.flatnonzero((later > moment) & strata.there(moment)) for moment in moments.tolist()]
    stratum = [strata.on(moment)[one] for moment, one in zip(moments.tolist(), who, strict=True)]
    customer = np.concatenate(who)
    return customer, np.repeat(moments, [len(one) for one in who]), later[customer], np.concatenate(stratum)


def _followed(signs: Signs, since: Ints) -> Ints:
    return np.minimum(signs.until - since, WINDOW_DAYS)


def _curves(signs: Signs, untagged: Sequence[Ints], stratum: Ints) -> Floats:
    """[strata, days]: the share that shows a sign within so many days; of all where a stratum has too few to tell."""
    who, when, censored = untagged
    seen = np.minimum(_followed(signs, when), censored - when)
    wait = signs.days_until(who, when)
    days = WINDOW_DAYS + 1
    place = stratum * days + np.minimum(wait, seen)
    ended, came = (
        np.bincount(one, minlength=STRATA * days).reshape(STRATA, days) for one in (place, place[wait <= seen])
    )
    customers = len(signs.weight)
    peers = _marked(stratum * customers + who, STRATA * customers).reshape(STRATA, customers).sum(axis=1)
    found = np.tile(_shown_by(came.sum(axis=0), ended.sum(axis=0)), (STRATA, 1))
    enough = peers >= FEWEST_PEERS
    found[enough] = _shown_by(came[enough], ended[enough])
    return found


def _marked(places: Ints, size: int) -> Bools:
    """Which places occur."""
    marks = np.zeros(size, np.bool_)
    marks[places] = True
    return marks


def _shown_by(came: Ints, ended: Ints) -> Floats:
    """The share with a sign within 0, 1, … 180 days, by Kaplan and Meier's product limit; the last axis is of days."""
    at_risk = np.cumsum(ended[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(1.0 - np.cumprod(1.0 - came / np.maximum(at_risk, 1), axis=-1))

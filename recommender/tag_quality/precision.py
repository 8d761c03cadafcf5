"""How many carriers of a tag show what it claims, and how many comparable customers without it do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recommender.occasions import LONGEST as SPAN
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.repeats import LATEST, WINDOW_DAYS
from recommender.tag_quality.strata import STRATA, Strata
from recommender.training_data import Bools, Floats, Ints

MOMENTS = 6
"""Of the days of assignment, at as many of their quantiles the customers without the tag are looked at."""
FEWEST_PEERS = 30


class Precision(NamedTuple):
    """Counts per level, [1 + stages], all stages together first: of one tag.

    `followed` carriers, with twenty days after the assignment on record or more on which a sign would have counted; how
    many of them `shown` one of what the tag claims within 180 days; how many `expected` to, were they like the
    customers without the tag (nan: too few of these); and `peers`, those customers.
    """

    followed: Floats
    shown: Floats
    expected: Floats
    peers: Floats

    @classmethod
    def of(cls, seen: tuple[Signs, Covered], strata: Strata, evidence: Evidence, tag: int, stages: int) -> Precision:
        """From the signs of what a tag claims and the days on which none would count: their time is left out.

        Comparable are customers of the same stratum who did not carry the tag on a day on which carriers were given it,
        followed for as long (Kaplan-Meier: the later the day, the shorter they can be) or until they were given it.
        """
        signs, covered = seen
        assigned = evidence.given(tag)
        of = np.flatnonzero((assigned >= signs.since) & (assigned <= signs.until - LATEST) & (assigned != NEVER))
        wait, span = _waits(signs, covered, of, assigned[of], signs.until)
        of, wait, span = of[span >= LATEST], wait[span >= LATEST], span[span >= LATEST]
        counts = np.zeros((4, stages + 1))
        if not len(of):
            return cls(*counts)
        days = np.sort(assigned[of])
        moments = np.unique(days[(len(days) * (2 * np.arange(MOMENTS) + 1)) // (2 * MOMENTS)])
        *untagged, stratum = _untagged(evidence, tag, moments, strata)
        peers = int(_marked(untagged[0], evidence.customers).sum())
        shown = wait <= span
        curves = _curves(signs, covered, untagged, stratum)
        expected = curves[strata.at(of, assigned[of]), span] if peers >= FEWEST_PEERS else np.full(len(of), np.nan)
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


def _waits(signs: Signs, covered: Covered, who: Ints, since: Ints, until: Ints | int) -> tuple[Ints, Ints]:
    """In days that are not covered: how long each waited for the next sign (`SPAN`: for none), and was followed."""
    ends = np.minimum(since + WINDOW_DAYS, until)
    next_one = since + signs.days_until(who, since)
    came = next_one <= ends
    free = np.minimum(next_one, ends) - since - covered.days(who, since, np.minimum(next_one, ends))
    whole = ends - since - covered.days(who, since, ends)
    return np.where(came, free, SPAN), whole


def _curves(signs: Signs, covered: Covered, untagged: Sequence[Ints], stratum: Ints) -> Floats:
    """[strata, days]: the share that shows a sign within so many days; of all where a stratum has too few to tell."""
    who, when, censored = untagged
    wait, seen = _waits(signs, covered, who, when, np.minimum(censored, signs.until))
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

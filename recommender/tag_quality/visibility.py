"""How often a preference that is there shows again, and how often a sign comes without one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from recommender.occasions import MERGE_DAYS
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.durability import HORIZON_DAYS
from recommender.training_data import Bools, Floats, Ints

WINDOW_DAYS = int(HORIZON_DAYS)
LATEST = 20  # days before the end after which somebody has not been followed long enough
FEWEST = 5  # repeats of anybody below which nothing is known of how often a preference shows
BETWEEN_MOMENTS = 60  # days
MOST_BY_CHANCE = 0.5  # of the hazard with the preference
STEEPEST = 5.0  # a day


class Visibility(NamedTuple):
    """Daily hazards of a first sign in the claimed categories, and how many repeats tell the first of them.

    `preferring` is that of repeaters (nan: too few), `chance` that of those of whom nothing speaks for the preference.
    """

    preferring: float
    chance: float
    repeats: int

    @classmethod
    def of(cls, signs: Signs, untagged: Bools) -> Visibility:
        """From the `signs` of what a tag claims.

        A repeater is a customer after the first sign on record, each once, so that the busy do not stand for all.
        Chance is what untagged customers show who had shown nothing for a window: a new liking, or a mere look.
        """
        first = np.full(len(signs.weight), signs.until, np.int64)
        np.minimum.at(first, signs.customer, signs.day)
        who = np.flatnonzero(first <= signs.until - LATEST)
        again, days = _followed(signs, who, first[who] + MERGE_DAYS, WINDOW_DAYS)
        if again.sum() < FEWEST:
            return cls(float("nan"), 0.0, int(again.sum()))
        preferring = _hazard(again, days)
        parts = [_quiet(signs, untagged, moment) for moment in _moments(signs)]
        chance = _hazard(*(np.concatenate(column) for column in zip(*parts, strict=True))) if parts else 0.0
        return cls(preferring, min(chance, MOST_BY_CHANCE * preferring), int(again.sum()))

    def carriers(self, signs: Signs, assigned: Ints, carriers: Bools) -> Floats:
        """Of the carriers that could be followed: how many, how many showed a sign, and how many would have.

        The last two numbers are what would show if all preferred, and if nobody did; nan where nothing is known.
        """
        of = np.flatnonzero(carriers & (assigned <= signs.until - LATEST) & (assigned >= signs.since))
        if not len(of) or np.isnan(self.preferring):
            return np.full(4, np.nan)
        shown, days = _followed(signs, of, assigned[of], WINDOW_DAYS)
        expected = [-np.expm1(-hazard * days).sum() for hazard in (self.preferring, self.chance)]
        return np.array([len(of), shown.sum(), *expected], dtype=np.float64)


def _followed(signs: Signs, customer: Ints, after: Ints, days: int) -> tuple[Bools, Ints]:
    """Whether each shows a sign in so many days, and for how many of them it could be seen."""
    until = np.minimum(after + days, signs.until)
    return signs.count(customer, after, until) > 0, until - after


def _moments(signs: Signs) -> range:
    return range(signs.since + WINDOW_DAYS, signs.until - LATEST, BETWEEN_MOMENTS)


def _quiet(signs: Signs, untagged: Bools, moment: int) -> tuple[Bools, Ints]:
    of = np.flatnonzero(untagged)
    now = np.full(len(of), moment)
    still = signs.count(of, now - WINDOW_DAYS, now) == 0
    return _followed(signs, of[still], now[still], WINDOW_DAYS)


def _hazard(shown: Bools, days: Ints) -> float:
    """The constant hazard μ by which Σ (1 − exp(−μ·days)) is the number that showed; at most `STEEPEST`."""
    length, entries = np.unique(days, return_counts=True)
    wanted = float(shown.sum())

    def lacking(hazard: float) -> float:
        return float(entries @ -np.expm1(-hazard * length)) - wanted

    if wanted <= 0:
        return 0.0
    return float(brentq(lacking, 0.0, STEEPEST, xtol=1e-14, rtol=1e-14)) if lacking(STEEPEST) > 0 else STEEPEST

"""The share of a tag's carriers who truly prefer what it claims, with its interval of 95 %."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from tests.oracle.quality.rates import MOST_CHANCE, SHORTEST, WINDOW, Visible, nothing_shown

Z95 = 1.959963984540054
UNLIKE, NARROWEST, FEWEST_SHOWN = 0.2, 0.03, 0.5
SPREAD_OF_TRUTHS, SPREAD_OF_SLOPE = 0.3, 0.5
FIRST_MEAN, FLATTEST, EDGE, ROUNDS = 0.5, 1 / 3, 0.01, 50
STEPS = 1_000


@dataclass
class Followed:
    """Carriers as if all were followed for so long, how many showed a sign, would if all preferred, if none did."""

    carriers: float
    shown: float
    preferring: float
    chance: float
    repeats: int

    @property
    def gain(self) -> float:
        """What the preference adds for one carrier."""
        return (self.preferring - self.chance) / self.carriers


def follow(
    of_claim: tuple[dict[int, list[int]], dict[int, list[int]]],
    carriers: list[tuple[int, int]],
    visible: Visible,
    span: tuple[int, int],
) -> Followed | None:
    """The carriers (person, day of assignment) who were assigned on record and not too late; None if nothing tells.

    `of_claim`: the days of signs and the covered days of each person. Nothing tells either where a preference would
    show no more than chance.
    """
    (shown, covered), (since, until) = of_claim, span
    of = [(person, day) for person, day in carriers if since <= day <= until - SHORTEST]
    if not of or visible.rate is None:
        return None
    lives = [
        _life(shown.get(person, []), set(covered.get(person, [])), (day, min(day + WINDOW, until)))
        for person, day in of
    ]
    spans = sorted((length for length, _, _ in lives), reverse=True)
    days = spans[(len(spans) + 1) // 2 - 1]
    share, worth = _product_limit(lives, days)
    most = 1 - nothing_shown(days, visible.rate, visible.shape)
    least = min(-math.expm1(-visible.chance * days), MOST_CHANCE * most)
    found = Followed(worth, worth * share, worth * most, worth * least, visible.repeats)
    return found if found.preferring > found.chance else None


def _life(signs: list[int], hidden: set[int], span: tuple[int, int]) -> tuple[int, int | None, set[int]]:
    """How long somebody is followed, when the first sign comes, and the days at risk of it, all from the first day."""
    day, end = span
    place = bisect_right(signs, day)
    sign = signs[place] if place < len(signs) and signs[place] <= end else None
    last = end if sign is None else sign
    return (
        end - day,
        None if sign is None else sign - day,
        {one - day for one in range(day + 1, last + 1) if one not in hidden or one == sign},
    )


def _product_limit(lives: list[tuple[int, int | None, set[int]]], days: int) -> tuple[float, float]:
    """The share that shows a sign within some days, and as how many followed so long it is (Greenwood's variance)."""
    risk, came = [0] * (WINDOW + 1), [0] * (WINDOW + 1)
    for _, sign, at_risk in lives:
        for day in at_risk:
            risk[day] += 1
        if sign is not None:
            came[sign] += 1
    quiet, terms, known = 1.0, 0.0, True
    for day in range(1, days + 1):
        if came[day]:
            quiet *= 1 - came[day] / risk[day]
            known = known and risk[day] > came[day]
            terms += came[day] / (risk[day] * max(risk[day] - came[day], 1))
    least = sum(length >= days for length, _, _ in lives)
    if not known or not 0 < quiet < 1:
        return 1 - quiet, float(least)
    return 1 - quiet, min(max((1 - quiet) / quiet / terms, least), len(lives))


@dataclass
class Raw:
    """A raw share, and what its error hangs on."""

    share: float
    gain: float
    chance: float
    told: float

    def variance(self, share: float, square: float) -> float:
        """Of its error, were the true share this one."""
        counted = (self.chance + share * self.gain + 0.5) / self.gain**2
        by_chance = (UNLIKE * self.chance / self.gain) ** 2
        return counted + (UNLIKE**2 + self.told) * square + by_chance * (1 - 2 * share + square)


def truths(followed: dict[str, Followed], polarity: dict[str, int]) -> dict[str, tuple[float, float, float]]:
    """Mean and interval by tag: raw shares, drawn to the mean of the tags that claim a liking by their errors."""
    slope = _slope({tag: one for tag, one in followed.items() if polarity[tag] > 0})
    raw: dict[str, Raw] = {}
    for tag, one in followed.items():
        gain = one.gain * one.carriers * math.exp(slope[0] * (math.log(one.gain) - slope[1]))
        raw[tag] = Raw((one.shown - one.chance) / gain, gain, one.chance, 1 / (one.repeats + 1))
    mean, spread = _usual([one for tag, one in raw.items() if polarity[tag] > 0])
    found = {}
    for tag, drawn in raw.items():
        middle, low, high = _belief(drawn, mean, spread)
        found[tag] = (middle, low, high) if polarity[tag] > 0 else (1 - middle, 1 - high, 1 - low)
    return found


def _usual(likes: list[Raw]) -> tuple[float, float]:
    """Mean and variance of the true shares: of the raw ones less their errors, from round to round."""
    mean = FIRST_MEAN
    spread = FLATTEST * mean * (1 - mean)
    for _ in range(ROUNDS if likes else 0):
        errors = [one.variance(mean, mean**2 + spread) for one in likes]
        total = sum(1 / (error + spread) for error in errors)
        middle = sum(one.share / (error + spread) for one, error in zip(likes, errors, strict=True)) / total
        mean = min(max(middle, EDGE), 1 - EDGE)
        left = sum(
            ((one.share - mean) ** 2 - error) / (error + spread) for one, error in zip(likes, errors, strict=True)
        )
        spread = min(max(left / total, NARROWEST), FLATTEST * mean * (1 - mean))
    return mean, spread


def _belief(raw: Raw, mean: float, spread: float) -> tuple[float, float, float]:
    """Mean and 95 % interval of the true share, in steps of a thousandth: a beta law before, a normal error."""
    strength = mean * (1 - mean) / spread - 1
    logs = []
    for step in range(STEPS):
        share = (step + 0.5) / STEPS
        error = raw.variance(share, share**2)
        before = (mean * strength - 1) * math.log(share) + ((1 - mean) * strength - 1) * math.log1p(-share)
        logs.append(before - (raw.share - share) ** 2 / (2 * error) - math.log(error) / 2)
    top = max(logs)
    weights = [math.exp(one - top) for one in logs]
    total = sum(weights)
    middle = sum(weight * (step + 0.5) / STEPS for step, weight in enumerate(weights)) / total

    def quantile(part: float) -> float:
        below = 0.0
        for step, weight in enumerate(weights):
            if below + weight >= part * total:
                return (step + (part * total - below) / weight) / STEPS
            below += weight
        return 1.0

    return middle, quantile(0.025), quantile(0.975)


def _slope(likes: dict[str, Followed]) -> tuple[float, float]:
    """How much steeper than 1 the ln of what carriers show rises with ln gain, and the weighted mean of ln gain."""
    if not likes:
        return 0.0, 0.0
    rows = []
    for one in likes.values():
        excess = max(one.shown - one.chance, FEWEST_SHOWN)
        weight = 1 / ((one.shown + 0.5) / excess**2 + SPREAD_OF_TRUTHS)
        rows.append((weight, math.log(one.gain), math.log(excess / one.carriers) - math.log(one.gain)))
    total = sum(weight for weight, _, _ in rows)
    middle = sum(weight * x for weight, x, _ in rows) / total
    usual = sum(weight * y for weight, _, y in rows) / total
    moved = sum(weight * (x - middle) * (y - usual) for weight, x, y in rows)
    return moved / (sum(weight * (x - middle) ** 2 for weight, x, _ in rows) + SPREAD_OF_SLOPE**-2), middle

"""The share of a tag's carriers who truly prefer what it claims, with its interval of 95 %."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.oracle.quality.rates import MOST_CHANCE, SHORTEST, WINDOW, Visible, free_days, nothing_shown
from tests.oracle.quality.signs import later

Z95 = 1.959963984540054
UNLIKE, NARROWEST, FEWEST_SHOWN = 0.2, 0.03, 0.5
SPREAD_OF_TRUTHS, SPREAD_OF_SLOPE = 0.3, 0.5
FIRST_MEAN = 0.5


@dataclass
class Followed:
    """Carriers that could be followed, how many showed a sign, would if all preferred, and would if none did."""

    carriers: int
    shown: int
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
    found = Followed(len(of), 0, 0.0, 0.0, visible.repeats)
    for person, day in of:
        end = min(day + WINDOW, until)
        found.shown += later(shown.get(person, []), day, end) > 0
        free = free_days(covered.get(person, []), day, end)
        found.preferring += 1 - nothing_shown(free, visible.rate, visible.shape)
        found.chance += -math.expm1(-visible.chance * free)
    found.chance = min(found.chance, MOST_CHANCE * found.preferring)
    return found if found.preferring > found.chance else None


def truths(followed: dict[str, Followed], polarity: dict[str, int]) -> dict[str, tuple[float, float, float]]:
    """Mean and interval by tag: raw shares, drawn to the mean of the tags that claim a liking by their errors."""
    slope = _slope({tag: one for tag, one in followed.items() if polarity[tag] > 0})
    raw: dict[str, tuple[float, float]] = {}
    for tag, one in followed.items():
        gain = one.gain * one.carriers * math.exp(slope[0] * (math.log(one.gain) - slope[1]))
        share = (one.shown - one.chance) / gain
        raw[tag] = share, (one.shown + 0.5) / gain**2 + share**2 / (one.repeats + 1)
    usual = [(min(max(share, 0.0), 1.5), error) for tag, (share, error) in raw.items() if polarity[tag] > 0]
    mean, spread = FIRST_MEAN, 0.0
    if usual:
        total = sum(1 / (error + NARROWEST) for _, error in usual)
        mean = sum(share / (error + NARROWEST) for share, error in usual) / total
        spread = sum(((share - mean) ** 2 - error) / (error + NARROWEST) for share, error in usual) / total
    spread = max(spread, NARROWEST)
    found = {}
    for tag, (share, error) in raw.items():
        drawn = (share * spread + mean * error) / (spread + error)
        half = Z95 * math.sqrt(spread * error / (spread + error) + (UNLIKE * drawn) ** 2)
        middle = drawn if polarity[tag] > 0 else 1 - drawn
        low, high = middle - half, middle + half
        found[tag] = min(max(middle, 0.0), 1.0), min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
    return found


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

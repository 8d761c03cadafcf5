"""What customers have answered when asked for consent, and some who changed their mind."""

from __future__ import annotations

import numpy as np

from service.simulate.chance import Bools, Ints, dice
from service.simulate.period import DAY, Period
from service.simulate.population import Population

SCOPES: tuple[str, ...] = (
    "personalisation",
    "outflow",
    "scene_medical",
    "behaviour",
    "holdings",
    "tags",
    "marketing",
    "latent_tags",
)
SCOPES += ("location", "scene")
# (share who were asked and answered, share of yes among the answers)
ANSWERS = {
    "personalisation": (0.955, 0.957),
    "outflow": (0.75, 0.8),
    "scene_medical": (0.2, 0.5),
    "behaviour": (0.06, 0.6),
    "holdings": (0.05, 0.6),
    "tags": (0.06, 0.55),
    "marketing": (0.5, 0.5),
    "latent_tags": (0.3, 0.6),
    "location": (0.15, 0.5),
    "scene": (0.05, 0.7),
}
CHANGED = 0.02
TEXT_VERSIONS = ("2023-11", "2024-06", "2025-03")


def consent(seed: int, period: Period, people: Population) -> dict[str, Ints]:
    """Columns customer, scope, granted, when, text: the first answer precedes every event of the customer."""
    roll = dice(seed, "consents")
    asked = np.maximum(people.joined + 120, period.start - roll.integers(2, 20, people.size) * DAY + 10 * 3_600)
    rows = []
    for scope, name in enumerate(SCOPES):
        answered, yes = ANSWERS[name]
        customer = np.flatnonzero(roll.random(people.size) < answered)
        granted = roll.random(customer.size) < yes
        when = asked[customer] + roll.integers(0, 600, customer.size)
        rows.append(_rows(customer, scope, granted, when))
        rows += _second_thoughts(roll, period, rows[-1])
    customer, scopes, said, when = np.concatenate(rows, axis=1)
    order = np.lexsort((scopes, customer, when))
    text = np.searchsorted([period.start, period.start + 200 * DAY], when, side="right")
    columns = {"customer": customer, "scope": scopes, "granted": said, "when": when, "text": text}
    return {name: values[order] for name, values in columns.items()}


def _rows(customer: Ints, scope: int, granted: Bools, when: Ints) -> Ints:
    return np.stack([customer, np.full(customer.size, scope), granted.astype(np.int64), when])


def _second_thoughts(roll: np.random.Generator, period: Period, first: Ints) -> list[Ints]:
    """A few take their answer back, and half of those take that back again."""
    customer, scope, granted, when = first[:, roll.random(first.shape[1]) < CHANGED]
    left = period.as_of - when
    second = when + 3_600 + (roll.uniform(0.05, 0.5, when.size) * left).astype(np.int64)
    third = when + 3_600 + (roll.uniform(0.5, 0.95, when.size) * left).astype(np.int64)
    back = (roll.random(when.size) < 0.5) & (third < period.as_of)
    kept = second < period.as_of
    rows = [np.stack([customer, scope, 1 - granted, second])[:, kept]]
    return [*rows, np.stack([customer, scope, granted, third])[:, back & kept]]

"""Where matured money goes: post-maturity purchases per category, drawn to a prior."""

from __future__ import annotations

import numpy as np

from recommender.interactions import PURCHASES
from recommender.profile.state import KIND
from recommender.training_data import Floats, Ints, TrainingData

FOLLOW_DAYS = 7
PRIOR_MATURITIES = 50.0
LONGEST = 2**22


def fit_substitution(data: TrainingData, prior_maturities: float = PRIOR_MATURITIES) -> Floats:
    """S [from, to]: the share of matured money that enters a category within 7 days; rows sum to at most 1.

    Every maturity counts 1, so that a few large ones do not decide; the prior counts `prior_maturities` (Dirichlet).
    What is bought beyond the matured amount is fresh money: the shares are of the larger of the two. Where an amount is
    unknown, the purchases share alike.
    """
    customer, category, day, amount = _maturities(data)
    flows = np.zeros((data.categories, data.categories))
    number, target, bought = _followers(data, customer, day)
    known = np.bincount(number, bought < 0, len(day)) == 0
    worth = np.where(known[number] & (amount[number] > 0), np.maximum(bought, 0), 1).astype(np.float64)
    total = np.bincount(number, worth, len(day))
    whole = np.where(known & (amount > 0), np.maximum(total, amount), np.maximum(total, 1.0))
    np.add.at(flows, (category[number], target), worth / whole[number])
    trials = np.bincount(category, minlength=data.categories).astype(np.float64)[:, None]
    return np.asarray((flows + prior_maturities * data.substitution) / (trials + prior_maturities), dtype=np.float64)


def _maturities(data: TrainingData) -> tuple[Ints, Ints, Ints, Ints]:
    """Customer, category, day and amount of every maturity up to `as_of`, each once, in a fixed order."""
    events, spells = data.events, data.spells
    told = events.where((events.kind == KIND["mature"]) & (events.category >= 0) & (events.day <= data.as_of))
    ended = (spells.matures >= 0) & (spells.matures <= data.as_of) & (spells.category >= 0)
    ended &= (spells.closed < 0) | (spells.closed >= spells.matures)
    rows = np.concatenate(
        [
            np.column_stack([told.customer, told.product, told.day, told.category, told.amount]),
            np.column_stack([c[ended] for c in (spells.customer, spells.product, spells.matures, spells.category)]
                            + [spells.amount[ended]]),
        ]
    ).astype(np.int64)  # fmt: skip
    rows = rows[np.lexsort(rows.T[::-1])]
    _, first = np.unique(rows[:, :3], axis=0, return_index=True)
    return rows[first, 0], rows[first, 3], rows[first, 2], rows[first, 4]


def _followers(data: TrainingData, customer: Ints, day: Ints) -> tuple[Ints, Ints, Ints]:
    """The purchases of the 7 days from each maturity on: number of the maturity, category, amount."""
    events = data.events
    bought = events.where(np.isin(events.kind, PURCHASES) & (events.category >= 0) & (events.day <= data.as_of))
    bought = bought.where(np.lexsort((bought.amount, bought.category, bought.day, bought.customer)))
    origin = min(day.min(initial=0), bought.day.min(initial=0))
    key = bought.customer.astype(np.int64) * LONGEST + (bought.day - origin)
    start = customer * LONGEST + (day - origin)
    low, high = np.searchsorted(key, start), np.searchsorted(key, start + FOLLOW_DAYS, side="right")
    length = high - low
    number = np.repeat(np.arange(len(day)), length)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length) + low[number]
    return number, bought.category[place], bought.amount[place]

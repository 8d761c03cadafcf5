"""The days on which a holding could be left: locked days are no loyalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.evidence import OPEN, Held
from recommender.training_data import Bools, Ints

ANY_DAY, WINDOWS, TERM, NEVER_FREE = range(4)
"""How a product can be left: daily, in its windows, at a maturity or renewal only, or not at all."""
UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Exits:
    """Columns by product number: `how` of the four, days to hold at least and days of the term (-1 unknown).

    A window is [`opens`, `closes`) of the product at the same place of `window_of`, which is ascending.
    """

    how: Ints
    min_hold: Ints
    term: Ints
    window_of: Ints
    opens: Ints
    closes: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """Holding spells of products; `ended` is -1 while open, `anchor` a day on which a term begins or ends."""

    held: Held
    product: Ints
    anchor: Ints


def exit_days(holding: Holding, exits: Exits, as_of: int) -> Held:
    """The intervals in which each spell could have ended, up to `as_of`; each maturity is one day, a renewal trial.

    A product that opens in windows nobody knows of is left on any day.
    """
    held, product = holding.held, holding.product
    last = np.where(held.ended == OPEN, as_of + 1, held.ended)
    how = exits.how[product]
    windows = np.bincount(exits.window_of, minlength=len(exits.how))[product]
    from_day = held.opened + np.maximum(exits.min_hold[product], 0)
    daily = (how == ANY_DAY) | ((how == WINDOWS) & (windows == 0))
    parts = [
        _intervals(held, daily, from_day[daily], last[daily]),
        _in_windows(held, (how == WINDOWS) & (windows > 0), exits, product, (from_day, last)),
        _trials(holding, how == TERM, exits, last),
    ]
    return Held(*(np.concatenate([getattr(part, name) for part in parts]) for name in Held.__slots__))


def _intervals(held: Held, rows: Bools | Ints, start: Ints, end: Ints) -> Held:
    some = start < end
    return Held(held.customer[rows][some], held.category[rows][some], start[some], end[some])


def _in_windows(held: Held, mask: Bools, exits: Exits, product: Ints, span: tuple[Ints, Ints]) -> Held:
    rows = np.flatnonzero(mask)
    first = np.searchsorted(exits.window_of, product[rows], side="left")
    count = np.searchsorted(exits.window_of, product[rows], side="right") - first
    row, place = _expanded(rows, first, count)
    start = np.maximum(exits.opens[place], span[0][row])
    return _intervals(held, row, start, np.minimum(exits.closes[place], span[1][row]))


def _trials(holding: Holding, mask: Bools, exits: Exits, last: Ints) -> Held:
    """One day for every term that ended inside the spell, and one for the end of the spell itself."""
    held, rows = holding.held, np.flatnonzero(mask)
    term = np.maximum(exits.term[holding.product[rows]], 1)
    known = exits.term[holding.product[rows]] > 0
    opened, anchor = held.opened[rows], holding.anchor[rows]
    lowest = -((anchor - opened - 1) // term)  # the first term end after the opening
    count = np.where(known, np.maximum((last[rows] - 1 - anchor) // term - lowest + 1, 0), 0)
    row, step = _expanded(np.arange(len(rows)), lowest, count)
    day = anchor[row] + step * term[row]
    inner = _intervals(held, rows[row], day, np.minimum(day + 1, last[rows[row]]))
    ended = rows[held.ended[rows] != OPEN]
    final = _intervals(held, ended, np.maximum(last[ended] - 1, held.opened[ended]), last[ended])
    return Held(*(np.concatenate([getattr(inner, name), getattr(final, name)]) for name in Held.__slots__))


def _expanded(rows: Ints, first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Every row as often as it counts, with the numbers from its first on."""
    row = np.repeat(np.arange(len(rows)), count)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return rows[row], first[row] + offset

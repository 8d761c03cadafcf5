"""The days up to which item factors from outside may have seen the bank, and the weights they are fitted on."""

from __future__ import annotations

from scipy import sparse

from recommender.blending import Protocol, window_of
from recommender.given_factors import FactorsError
from recommender.interactions import HalfLives, Items, interactions, usual_amounts, usual_of
from recommender.training_data import TrainingData


def cuts_of(data: TrainingData, items: Items, protocol: Protocol = "auto") -> tuple[int, int, int]:
    """The last day of each set: before the ranker's window, before the last one, and all that is known.

    Factors are a feature of rows whose outcomes lie after the cut, so they must not know these. Raises FactorsError
    where the history has no two such windows: rows are then cut at each customer's newest purchase, a day of his own.
    """
    window = window_of(data, items, protocol)
    if window is None or not len(data.before(window.fit_from).day):
        raise FactorsError(
            "the history has too little in its last two windows of days, or before them, for factors from elsewhere"
        )
    return window.fit_from - 1, window.test_from - 1, data.as_of


def interactions_until(data: TrainingData, items: Items, day: int, half_lives: HalfLives) -> sparse.csr_matrix:
    """The weights r [customers, items] that the factors of a cut are fitted on: those of the trainer's own."""
    events = data.before(day + 1)
    usual = usual_of(items, usual_amounts(events, data.categories))
    return interactions(events, items, customers=data.customers, today=day, usual=usual, half_lives=half_lives)

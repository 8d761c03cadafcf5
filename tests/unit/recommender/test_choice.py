"""What is chosen of what may be bought."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.models.choice import Choice

ROWS, ITEMS = 6_000, 4
RNG = np.random.default_rng(11)
ELIGIBLE = RNG.random((ROWS, ITEMS)) < 0.7
ELIGIBLE[:, 0] = True
UTILITY = np.array([0.0, 1.0, -1.0, 0.5])


def chosen(utility: np.ndarray) -> np.ndarray:
    """One eligible item a row, by the Gumbel maximum of the utilities."""
    drawn = np.where(ELIGIBLE, utility + RNG.gumbel(size=ELIGIBLE.shape), -np.inf)
    found = np.zeros(ELIGIBLE.shape, np.bool_)
    found[np.arange(ROWS), drawn.argmax(axis=1)] = True
    return found


PLAIN = Choice.fit(ELIGIBLE, chosen(np.broadcast_to(UTILITY, ELIGIBLE.shape)))


def test_utilities_are_those_that_the_choices_were_drawn_by() -> None:
    assert np.ptp(PLAIN.utility - UTILITY) < 0.2


def test_whoever_lacks_an_item_is_known_by_it() -> None:
    utility = UTILITY + np.where(~ELIGIBLE[:, [1]], [0.0, 0.0, 2.0, 0.0], 0.0)
    found = Choice.fit(ELIGIBLE, chosen(utility))
    lacking = found.score(np.array([[True, False, True, True]]))[0]
    usual = found.score(np.array([[True, True, True, True]]))[0]
    assert (lacking - usual)[2] - (lacking - usual)[0] == pytest.approx(2.0, abs=0.4)


def test_where_nothing_is_known_the_usual_utility_stands() -> None:
    assert PLAIN.score(np.zeros((2, ITEMS), np.bool_)).tolist() == [PLAIN.utility.tolist()] * 2


def test_what_was_never_eligible_comes_last() -> None:
    eligible = ELIGIBLE & (np.arange(ITEMS) != 3)
    found = Choice.fit(eligible, chosen(np.broadcast_to(UTILITY, ELIGIBLE.shape)) & eligible)
    assert found.utility[3] == found.utility[:3].min()


def test_a_purchase_of_what_was_not_eligible_teaches_nothing() -> None:
    bought = np.concatenate([chosen(np.broadcast_to(UTILITY, ELIGIBLE.shape)), np.ones((50, ITEMS), np.bool_)])
    shut = np.concatenate([ELIGIBLE, np.zeros((50, ITEMS), np.bool_)])
    assert np.isfinite(Choice.fit(shut, bought).utility).all()
    assert np.ptp(Choice.fit(shut, bought).utility - UTILITY) < 0.2


def test_the_arrays_make_the_same_choice() -> None:
    again = Choice.from_arrays(PLAIN.to_arrays())
    assert again.score(ELIGIBLE).tobytes() == PLAIN.score(ELIGIBLE).tobytes()

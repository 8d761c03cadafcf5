"""Lists of which something is bought expect at least one product."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import logit

from recommender.at_least_one import at_least_one

CHANCES = arrays(np.float64, (3, 6), elements=st.floats(1e-9, 0.9))


@given(CHANCES)
def test_no_list_expects_less_than_one_product(chance: np.ndarray) -> None:
    found = at_least_one(chance)
    assert np.allclose(found.sum(axis=1), np.maximum(chance.sum(axis=1), 1.0), atol=1e-7)


@given(CHANCES)
def test_the_log_odds_of_a_list_move_alike_and_never_down(chance: np.ndarray) -> None:
    moved = logit(at_least_one(chance)) - logit(chance)
    assert np.allclose(moved, moved[:, :1], atol=1e-5)
    assert (moved > -1e-9).all()


@given(CHANCES)
def test_a_list_is_the_same_alone_and_among_others(chance: np.ndarray) -> None:
    for given_so in (chance, np.asfortranarray(chance)):
        assert at_least_one(given_so)[1].tobytes() == at_least_one(chance[1:2])[0].tobytes()


def test_what_could_not_be_bought_does_not_count() -> None:
    chance, among = np.array([[0.3, 0.5, 0.4], [0.3, 0.2, 0.1]]), np.array([[True, True, False], [False] * 3])
    found = at_least_one(chance, among)
    assert found[0, :2].sum() == pytest.approx(1)
    assert found[0, 2] == 0.4
    assert found[1].sum() == pytest.approx(1)  # what he could buy is not known


def test_what_is_not_listed_or_unknown_stays_so() -> None:
    found = at_least_one(np.array([[0.0, np.nan, 0.2, 0.1], [0.0, np.nan, 0.0, 0.0]]))
    assert found[0, 0] == 0
    assert np.isnan(found[:, 1]).all()
    assert found[0, 2:].sum() == pytest.approx(1)
    assert found[1, [0, 2, 3]].tolist() == [0, 0, 0]


def test_one_product_alone_is_all_but_certain() -> None:
    assert at_least_one(np.array([[0.001]]))[0, 0] == pytest.approx(1, abs=1e-6)

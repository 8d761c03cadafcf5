"""What a probability is among those who bought something that the task allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.evaluation.given_task import given_task


def test_where_everything_is_allowed_nothing_changes() -> None:
    probability = np.array([[0.5, 0.4, 0.1], [0.9, 0.6, 0.3]])
    assert given_task(probability, np.ones((2, 3), np.bool_), 1.0) == pytest.approx(probability)


def test_where_everything_is_allowed_nothing_changes_though_little_is_expected() -> None:
    probability = np.array([[0.3, 0.1, 0.0, 0.0]])
    assert given_task(probability, np.ones((1, 4), np.bool_), 1.5) == pytest.approx(probability)


def test_of_one_product_at_a_time_the_allowed_ones_share_all_of_it() -> None:
    allowed = np.array([[True, True, False]])
    assert given_task(np.array([[0.3, 0.2, 0.5]]), allowed, 1.0) == pytest.approx(np.array([[0.6, 0.4, 0.0]]))


def test_of_two_products_by_hand() -> None:
    # Two expected, half of it allowed: something allowed with the chance 1 / (1 + 1/2).
    found = given_task(np.array([[0.4, 0.6, 1.0]]), np.array([[True, True, False]]), 2.0)
    assert found == pytest.approx(np.array([[0.6, 0.9, 0.0]]))


def test_what_is_missing_of_the_usual_number_lies_on_products_without_a_probability() -> None:
    probability = np.array([[0.5, 0.5, 0.0, 0.0]])
    of_new = given_task(probability, np.array([[False, True, True, True]]), 4.0)
    assert of_new[0, 1] == pytest.approx(0.5 / (3.5 / (1 + 3 * 3.5 / 4)))
    assert given_task(probability, np.array([[True, True, False, False]]), 4.0)[0, 0] == pytest.approx(
        0.5 / (1.0 / (1 + 3 * 1.0 / 4))
    )


def test_no_product_is_likelier_than_something() -> None:
    assert given_task(np.array([[0.5, 0.5, 0.0]]), np.array([[True, False, False]]), 4.0)[0, 0] == 1.0


def test_the_chance_of_something_allowed_is_that_of_a_geometric_number_drawn() -> None:
    rng = np.random.default_rng(0)
    mean, share = 3.0, 0.8
    something = np.mean(rng.random(20_000) >= (1 - share) ** rng.geometric(1 / mean, 20_000))
    found = given_task(np.array([[0.6, 0.6, 0.3, 0.9, 0.6]]), np.array([[True, True, True, True, False]]), mean)
    assert found[0, 0] == pytest.approx(0.6 / something, rel=0.02)


@given(arrays(np.float64, (3, 4), elements=st.floats(0, 1)), arrays(np.bool_, (3, 4)), st.floats(1, 9))
def test_it_stays_a_probability_in_the_same_order(probability: np.ndarray, allowed: np.ndarray, usual: float) -> None:
    found = given_task(probability, allowed, usual)
    assert found.min() >= 0
    assert found.max() <= 1
    assert not found[~allowed].any()
    for before, after, inside in zip(probability, found, allowed, strict=True):
        order = np.argsort(before[inside], kind="stable")
        assert (np.diff(after[inside][order]) >= 0).all()

from __future__ import annotations

import numpy as np
import pytest

from service.study.true_gain import true_gain

PREFERENCE = np.array([[0.5, 0.3, 0.2, 0.0]])
ALL = np.ones((1, 4), np.bool_)


def test_the_order_of_preference_gains_one_and_any_other_less() -> None:
    assert true_gain(PREFERENCE, PREFERENCE, ALL)[0] == pytest.approx(1.0)
    ideal = 0.5 + 0.3 / np.log2(3) + 0.2 / 2
    reached = 0.2 / np.log2(3) + 0.3 / 2 + 0.5 / np.log2(5)
    assert true_gain(-PREFERENCE, PREFERENCE, ALL)[0] == pytest.approx(reached / ideal)


def test_what_is_no_candidate_neither_counts_nor_takes_a_place() -> None:
    among = np.array([[False, True, True, True]])
    assert true_gain(np.array([[9.0, 3.0, 2.0, 1.0]]), PREFERENCE, among)[0] == pytest.approx(1.0)


def test_a_score_that_is_no_number_sinks_and_is_still_a_candidate() -> None:
    scores = np.array([[np.nan, 3.0, 2.0, 1.0]])
    worse = true_gain(scores, PREFERENCE, ALL)[0]
    assert 0.3 < worse < 1.0
    assert true_gain(np.full((1, 4), np.nan), PREFERENCE, ALL)[0] == pytest.approx(1.0)  # in the catalogue's order


def test_only_ten_places_count() -> None:
    preference = np.zeros((1, 11))
    preference[0, 10] = 1.0
    assert true_gain(-np.arange(11.0)[None], preference, np.ones((1, 11), np.bool_))[0] == 0.0


def test_who_prefers_none_of_them_has_no_gain() -> None:
    assert np.isnan(true_gain(PREFERENCE, PREFERENCE, ~ALL)[0])

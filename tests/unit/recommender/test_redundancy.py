"""Redundancy of two tags."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.redundancy import redundancy


def test_the_same_tag_twice_is_redundant_and_independent_tags_are_not() -> None:
    assert redundancy(300, 0, 0, 700) == pytest.approx(1, abs=0.01)
    assert redundancy(250, 250, 250, 250) == 0


@pytest.mark.parametrize("cells", [(0, 0, 400, 600), (100, 200, 0, 0), (50, 0, 0, 0)])
def test_a_constant_tag_tells_nothing(cells: tuple[int, int, int, int]) -> None:
    assert redundancy(*cells) == 0


def test_it_is_symmetric_and_answers_columns() -> None:
    first, second = redundancy(np.array([900, 10]), np.array([100, 40]), np.array([50, 7]), np.array([8900, 943]))
    assert redundancy(900, 50, 100, 8900) == pytest.approx(first)
    assert redundancy(10, 7, 40, 943) == pytest.approx(second)

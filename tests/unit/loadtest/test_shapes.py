from __future__ import annotations

import pytest

from loadtest.shapes import SHAPES, users_at


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_reaches_everybody_and_never_nobody(shape: str) -> None:
    callers = [users_at(shape, share / 100, 50) for share in range(131)]  # a run may go on past its end
    assert max(callers) == 50
    assert min(callers) >= 1


def test_a_spike_is_in_the_middle_and_a_day_peaks_in_the_evening() -> None:
    assert [users_at("spike", share, 30) for share in (0.1, 0.5, 0.9)] == [10, 30, 10]
    assert users_at("day", 20 / 24, 100) > users_at("day", 12 / 24, 100) > users_at("day", 4 / 24, 100)

"""The daily step of a weight."""

from __future__ import annotations

import pytest

from recommender.tag_quality.weight_update import weight_update


@pytest.mark.parametrize(("quality", "target"), [(0.45, 1.0), (0.99, 4.0), (0.01, 0.25)])
def test_a_constant_quality_settles_at_its_target(quality: float, target: float) -> None:
    weight = 1.7
    for _ in range(300):
        weight = float(weight_update(weight, quality, 0.45))
    assert weight == pytest.approx(target)


def test_a_step_goes_a_tenth_of_the_way() -> None:
    assert weight_update(2.0, 0.45, 0.45) == pytest.approx(1.9)

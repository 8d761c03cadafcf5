"""Quality of a tag."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.quality import STAGE_WEIGHTS, Quality


@pytest.mark.parametrize("stage", sorted(STAGE_WEIGHTS))
def test_equal_measures_are_the_quality_of_every_stage(stage: str) -> None:
    assert Quality.own(0.4, 0.4, 0.4, stage) == pytest.approx(0.4)


def test_a_measure_of_zero_is_floored() -> None:
    assert Quality.own(0.0, 1.0, 1.0, "cultivation") == pytest.approx(0.01**0.4)


def test_without_observations_the_tags_level_stands_and_with_many_the_customers_own() -> None:
    found = Quality.shrunk(0.9, np.array([0.0, 1e9]), 0.3)
    assert found.quality == pytest.approx([0.3, 0.9])
    assert found.confidence == pytest.approx([0, 1])

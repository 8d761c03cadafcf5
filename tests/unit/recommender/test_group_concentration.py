"""Fund concentration of whole tags."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from recommender.tag_quality.group_concentration import GroupConcentration


def level(values: list[float]) -> np.ndarray:
    """All stages together and one stage that has it all."""
    return np.repeat(np.array(values)[:, None], 2, axis=1)


def test_many_carriers_speak_for_themselves_and_few_are_drawn_to_all_tags() -> None:
    observed, expected = level([400.0, 100.0, 50.0, 0.4, 0.0]), level([100.0, 100.0, 100.0, 0.1, 0.1])
    lq = GroupConcentration.of(observed, expected, np.ones(5)).lq[:, 0]
    assert lq[:3] == pytest.approx([4.0, 1.0, 0.5], rel=0.05)
    assert lq[2] < lq[4] < lq[3] < lq[0]


def test_ranks_follow_the_truth_better_than_the_raw_quotients_do() -> None:
    rng = np.random.default_rng(4)
    true, expected = rng.gamma(3.0, 0.5, 300), rng.lognormal(0.0, 1.5, 300)
    observed = rng.poisson(true * expected).astype(np.float64)
    drawn = GroupConcentration.of(level(observed.tolist()), level(expected.tolist()), np.ones(300)).concentration[:, 0]
    assert spearmanr(drawn, true)[0] > spearmanr(observed / expected, true)[0] + 0.02


def test_a_stage_is_drawn_to_its_tag() -> None:
    observed = np.array([[300.0, 300.0, 0.0], [100.0, 100.0, 0.0], [50.0, 50.0, 0.0]])
    expected = np.array([[100.0, 100.0, 0.0], [100.0, 100.0, 0.0], [100.0, 100.0, 0.0]])
    found = GroupConcentration.of(observed, expected, np.ones(3))
    assert found.lq[:, 2] == pytest.approx(found.lq[:, 0])


def test_an_aversion_counts_from_the_other_side() -> None:
    observed, expected = level([10.0, 10.0]), level([100.0, 100.0])
    found = GroupConcentration.of(observed, expected, np.array([1.0, -1.0]))
    assert found.concentration[0, 0] < 0.2
    assert found.concentration[1, 0] == pytest.approx(1 - found.concentration[0, 0])


def test_without_money_a_tag_is_as_its_peers() -> None:
    found = GroupConcentration.of(level([0.0, 3.0]), level([0.0, 0.0]), np.ones(2))
    assert (found.lq == 1).all()
    assert (found.concentration == 0.5).all()
    assert GroupConcentration.of(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)).lq.shape == (0, 2)

"""One model measured on one task."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation import study as module
from recommender.evaluation.study import Study
from recommender.evaluation.window import window
from recommender.training_data import Bools, Floats, Ints
from tests.unit.recommender.evaluation.tiny import END, START, dataset, marks

SPLIT = window(
    dataset(marks((0, 0, 10), (1, 0, 10), (1, 1, 20), (0, 0, 150), (0, 2, 150), (1, 2, 150), (2, 3, 150))), START, END
)
SCORES = np.array([[5.0, 4, 3, 2, 1], [1, 2, 3, 4, 5], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]])


def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
    return SCORES[customers] / 10


def test_the_measures_are_those_of_the_rankings_by_hand() -> None:
    outcome = Study.of(SPLIT, "all", 2).measure(score)
    # Customer 0 finds item 0 first and item 2 third; 1 finds item 2 third; 2 has ties: 0 and 1 by purchases, then 2, 3.
    assert outcome.measures.mrr.tolist() == [1.0, pytest.approx(1 / 3), 0.25]
    assert outcome.measures.map.tolist() == [0.5, 0.0, 0.0]
    assert outcome.coverage == pytest.approx(4 / 5)
    assert outcome.ece is None


def test_a_task_drops_the_rankings_it_leaves_without_a_truth() -> None:
    study = Study.of(SPLIT, "repeat", 2)
    assert study.rankings.customer.tolist() == [0]
    assert study.without_truth == 2


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Study.of(SPLIT, "all", 2).measure(score, probabilities=True)
    monkeypatch.setattr(module, "_BLOCK_CELLS", 5)
    heard: list[int] = []
    parts = Study.of(SPLIT, "all", 2).measure(score, probabilities=True, told=heard.append)
    assert heard == [1, 2, 3]
    assert parts.measures.means() == whole.measures.means()
    assert (parts.coverage, parts.ece) == (whole.coverage, whole.ece)


def test_probabilities_are_judged_over_all_candidates_and_over_what_is_shown() -> None:
    outcome = Study.of(SPLIT, "all", 2).measure(score, probabilities=True)
    assert outcome.of_all is not None
    assert outcome.of_shown is not None
    assert (outcome.of_all.entries, outcome.of_shown.entries) == (15, 6)
    assert outcome.of_shown.ratio is not None
    # Of the first two of each ranking customer 0 alone finds a product, .5 + .4, .5 + .4 and .1 + .1 being predicted.
    assert outcome.of_shown.ratio.value == pytest.approx(2.0)
    assert outcome.of_shown.ece <= 1

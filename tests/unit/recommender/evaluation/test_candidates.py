"""What may stand in a ranking, by task."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.candidates import Candidates, Task
from recommender.evaluation.known import Known
from recommender.evaluation.rankings import Rankings
from tests.unit.recommender.evaluation.tiny import ITEMS, START, dataset, marks

KNOWN = Known(
    dataset(marks((0, 1, 20)), snapshots=marks((0, 0, 50), (0, 2, 100), (1, 3, 100))).before(START),
    START,
)
BOUGHT = marks((0, 0, 150), (0, 2, 150), (0, 4, 150), (1, 1, 150))
RANKINGS = Rankings.of(BOUGHT, items=ITEMS, by_purchase=False)
EVERY = np.arange(2)


@pytest.mark.parametrize(
    ("task", "allowed", "truth"),
    [
        ("all", [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]], [[0, 2, 4], [1]]),
        ("first_time", [[3, 4], [0, 1, 2, 4]], [[4], [1]]),
        ("repeat", [[0, 1, 2], [3]], [[0, 2], []]),
        ("not_held", [[0, 1, 3, 4], [0, 1, 2, 4]], [[0, 4], [1]]),
    ],
)
def test_a_task_limits_candidates_and_truth_alike(task: Task, allowed: list[list[int]], truth: list[list[int]]) -> None:
    candidates = Candidates.of(task, KNOWN, RANKINGS)
    assert [np.flatnonzero(row).tolist() for row in candidates.block(EVERY)] == allowed
    permitted = candidates.permitted(RANKINGS.truth).toarray()
    assert [np.flatnonzero(row).tolist() for row in permitted] == truth


def test_only_eligible_products_compete_where_the_customer_has_such_rows() -> None:
    rankings = Rankings.of(BOUGHT, items=ITEMS, by_purchase=True, eligibility=marks((0, 0, 150), (0, 3, 150)))
    candidates = Candidates.of("first_time", KNOWN, rankings)
    assert [np.flatnonzero(row).tolist() for row in candidates.block(EVERY)] == [[3], [0, 1, 2, 4]]

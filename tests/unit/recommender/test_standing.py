"""Who carried a tag on a day is told from assignments and removals alone."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.standing import STANDS, Carried, standing


def carried(*rows: tuple[int, int, int, int]) -> Carried:
    """Of (customer, tag, day, removed)."""
    customer, tag, day, removed = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Carried(customer, tag, day, removed, np.full(len(rows), np.nan))


def on(day: int, *rows: tuple[int, int, int, int]) -> list[tuple[int, int, int]]:
    found = standing(carried(*rows), day)
    return list(zip(found.customer.tolist(), found.tag.tolist(), found.day.tolist(), strict=True))


@pytest.mark.parametrize(("day", "stands"), [(9, False), (10, True), (19, True), (20, False)])
def test_an_assignment_stands_from_its_day_until_that_of_its_removal(day: int, stands: bool) -> None:
    assert on(day, (1, 0, 10, 20)) == ([(1, 0, 10)] if stands else [])


def test_the_newest_assignment_of_a_customer_and_tag_decides() -> None:
    again, other = (1, 0, 30, STANDS), (1, 1, 12, STANDS)
    assert on(40, again, (1, 0, 10, STANDS), other) == [(1, 0, 30), (1, 1, 12)]
    assert on(25, again, (1, 0, 10, STANDS), other) == [(1, 0, 10), (1, 1, 12)]
    assert on(40, (1, 0, 10, STANDS), (1, 0, 30, 35)) == []  # as the service reads it: what was removed is gone


def test_nobody_carries_anything_where_nothing_was_assigned() -> None:
    assert on(40) == []

"""What contradicts itself, a deletion or the calendar is out of use; the rest is not touched by it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.tag_quality.quarantine import REASONS, Assignments, Claims, quarantine

CLAIMS = Claims(
    subject=np.array([0, 0, 1, -1, -1]), polarity=np.array([1, -1, 1, 1, 1]), rival=np.array([-1, -1, -1, 7, 7])
)
"""A like, its opposite, another like, and two that exclude one another."""


def reasons(*rows: tuple[int, int], **columns: list[int]) -> list[str]:
    """Of assignments (customer, tag), made on day 10 and open unless said otherwise."""
    count = len(rows)
    given = {"at": [10] * count, "joined": [-1] * count, "held_until": [-1] * count, "is_open": [1] * count} | columns
    of = {name: np.array(values, dtype=np.int64) for name, values in given.items()}
    customer, tag = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    shape = Assignments(customer, tag, of["at"], of["at"], of["joined"], of["held_until"], of["is_open"] > 0)
    return [REASONS[number] for number in quarantine(shape, CLAIMS).tolist()]


def test_a_like_and_an_aversion_of_the_same_are_both_out_of_use() -> None:
    assert reasons((5, 0), (5, 1), (5, 2), (6, 0)) == ["contradictory", "contradictory", "", ""]


def test_what_was_removed_contradicts_nothing() -> None:
    assert reasons((5, 0), (5, 1), is_open=[1, 0]) == ["", ""]


def test_what_a_newer_assignment_of_its_tag_has_ended_contradicts_nothing() -> None:
    rows = (5, 0), (5, 0), (5, 1)
    assert reasons(*rows, at=[3, 6, 9], is_open=[1, 0, 1]) == ["", "", ""]
    assert reasons(*rows, at=[6, 3, 9], is_open=[1, 0, 1]) == ["contradictory", "", "contradictory"]


def test_the_same_tag_assigned_twice_contradicts_nothing() -> None:
    assert reasons((5, 0), (5, 0), (5, 3), (5, 3), at=[3, 9, 3, 9]) == [""] * 4


def test_tags_that_exclude_one_another_are_out_of_use_where_one_customer_carries_both() -> None:
    assert reasons((5, 3), (5, 4), (6, 3), (7, 4)) == ["exclusive", "exclusive", "", ""]


def test_an_assignment_of_before_the_day_of_joining_is_out_of_use_even_if_removed() -> None:
    assert reasons((1, 0), (2, 0), (3, 0), joined=[11, 10, -1], is_open=[0, 1, 1]) == ["before_joined", "", ""]


@pytest.mark.parametrize(("at", "open_", "reason"), [(10, 1, "deleted"), (20, 1, ""), (10, 0, "")])
def test_an_assignment_while_a_deletion_runs_is_out_of_use(at: int, open_: int, reason: str) -> None:
    assert reasons((1, 0), at=[at], held_until=[20], is_open=[open_]) == [reason]


def test_what_is_out_of_use_for_another_reason_contradicts_nothing() -> None:
    assert reasons((5, 0), (5, 1), joined=[-1, 50]) == ["", "before_joined"]


def test_nothing_is_out_of_use_where_there_is_nothing() -> None:
    assert reasons() == []


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=1, max_size=12)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_assignments_changes_nothing(rows: list[tuple[int, int, bool]], random: object) -> None:
    def told(of: list[tuple[int, int, bool]]) -> list[tuple[tuple[int, int, bool], str]]:
        found = reasons(*((row[0], row[1]) for row in of), is_open=[int(row[2]) for row in of])
        return sorted(zip(of, found, strict=True))

    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert told(rows) == told(mixed)

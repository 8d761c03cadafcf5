"""A spell of a tag runs while something is held or bought, counts from the assignment, and ends after the gap."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.evidence import Held
from recommender.tag_quality.tag_spells import TagSpells

AS_OF, GAP = 1_000, 30


def spells(
    active: list[tuple[int, int, int]], free: list[tuple[int, int, int]], assigned: list[int]
) -> list[tuple[int, float, float, bool]]:
    """From (customer, opened, ended): (customer, days, exit days, ended) of every spell."""
    parts = []
    for rows in (active, free):
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        who, opened, ended = (np.array(column, dtype=np.int64) for column in columns)
        parts.append(Held(who, np.zeros_like(who), opened, ended))
    found = TagSpells.of(*parts, np.array(assigned), gap=GAP, as_of=AS_OF)
    return list(
        zip(found.customer.tolist(), found.days.tolist(), found.exit_days.tolist(), found.ended.tolist(), strict=True)
    )


def test_a_free_holding_is_a_spell_that_ends_after_the_gap() -> None:
    assert spells([(0, 800, 900)], [(0, 800, 900)], [700]) == [(0, 130.0, 130.0, True)]


def test_what_is_still_held_goes_on_and_locked_days_count_nothing() -> None:
    assert spells([(0, 900, -1)], [], [700]) == [(0, 100.0, 0.0, False)]
    assert spells([(0, 900, -1)], [(0, 990, 991)], [700]) == [(0, 100.0, 1.0, False)]


def test_days_before_the_assignment_do_not_count_and_what_ended_before_is_no_spell() -> None:
    assert spells([(0, 100, 900)], [(0, 100, 900)], [850]) == [(0, 80.0, 80.0, True)]
    assert spells([(0, 100, 200)], [(0, 100, 200)], [850]) == []
    assert spells([(0, 800, 900)], [], [-1]) == []


def test_acts_within_the_gap_are_one_spell_and_beyond_it_two() -> None:
    assert spells([(0, 800, 800), (0, 829, 829)], [], [700]) == [(0, 59.0, 59.0, True)]
    assert spells([(0, 800, 800), (0, 831, 831)], [], [700]) == [(0, 30.0, 30.0, True), (0, 30.0, 30.0, True)]


def test_overlapping_free_intervals_count_once_and_customers_apart() -> None:
    active = [(0, 800, 900), (0, 850, 950), (1, 800, 820)]
    free = [(0, 800, 900), (0, 850, 950), (1, 800, 810)]
    assert spells(active, free, [700, 700]) == [(0, 180.0, 180.0, True), (1, 50.0, 40.0, True)]


def test_a_last_act_within_the_gap_leaves_the_end_open() -> None:
    assert spells([(0, 980, 980)], [], [700]) == [(0, 20.0, 20.0, False)]

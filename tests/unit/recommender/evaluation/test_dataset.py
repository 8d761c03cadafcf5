"""The one place where the future is cut off."""

from __future__ import annotations

import numpy as np

from tests.unit.recommender.evaluation.tiny import START, dataset, marks, spells


def test_nothing_dated_at_the_split_or_after_it_is_left() -> None:
    data = dataset(
        marks((0, 0, 99), (1, 1, 100), (2, 2, 150)),
        eligibility=marks((0, 1, 99), (0, 1, 100)),
        spells=spells((0, 0, 50, -1), (1, 1, 100, -1)),
    ).before(START)
    assert data.purchases.time.tolist() == [99]
    assert data.eligibility.time.tolist() == [99]
    assert data.spells.opened.tolist() == [50]


def test_the_snapshot_of_the_split_itself_is_known() -> None:
    data = dataset(marks(), snapshots=marks((0, 0, 50), (0, 1, 100), (0, 2, 101))).before(START)
    assert data.snapshots.time.tolist() == [50, 100]


def test_what_is_closed_at_the_split_or_later_reads_as_open() -> None:
    data = dataset(marks(), spells=spells((0, 0, 1, 99), (0, 1, 1, 100), (0, 2, 1, 180))).before(START)
    assert data.spells.closed.tolist() == [99, -1, -1]


def test_a_purchase_cancelled_before_the_split_was_none_and_a_later_cancel_is_not_known() -> None:
    data = dataset(marks((0, 0, 10), (0, 1, 20), (0, 2, 30)), undone={0: 50, 1: 150}).before(START)
    assert data.purchases.item.tolist() == [1, 2]
    assert np.all(data.undone == -1)


def test_holdings_are_known_from_snapshots_or_spells() -> None:
    assert not dataset(marks((0, 0, 1))).knows_holdings
    assert dataset(marks(), snapshots=marks((0, 0, 1))).knows_holdings
    assert dataset(marks(), spells=spells((0, 0, 1, -1))).knows_holdings

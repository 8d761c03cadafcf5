"""The tables of the population."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.population import PopulationTables
from recommender.training_data import Events
from tests.unit.recommender.bank import AS_OF, CATEGORIES, bank, bank_of_tastes, events_of, shuffled

DATA = bank_of_tastes(customers=400, count=16_000)
TABLES = PopulationTables.fit(DATA)


def test_the_tables_are_complete_and_lawful() -> None:
    assert (TABLES.bgnbd[:3] > 0).all()
    assert np.isnan(TABLES.bgnbd[3]).all(), "168 customers came back, 200 are needed"
    assert (TABLES.gap > 0).all()
    assert ((TABLES.hazard >= 0) & (TABLES.hazard < 1)).all()
    assert TABLES.peer_size.sum() == DATA.customers
    assert (TABLES.peer_first <= TABLES.peer_size[:, None]).all()
    assert TABLES.peer_share == pytest.approx(TABLES.peer_first.sum(axis=0) / DATA.customers)


def test_the_order_of_the_data_does_not_matter() -> None:
    again = PopulationTables.fit(shuffled(DATA)).to_arrays()
    for name, table in TABLES.to_arrays().items():
        assert np.array_equal(table, again[name], equal_nan=True), name


def test_what_lies_ahead_is_not_read() -> None:
    rows = [(0, 1, 1, AS_OF - 5, "purchase", 10), (1, 2, 2, AS_OF - 4, "click", -1)]
    ahead = [(1, 2, 2, AS_OF + 1, "purchase", 900), (0, 1, 1, AS_OF + 9, "mature", 10)]
    now, later = (PopulationTables.fit(bank(events_of(given), customers=2)) for given in (rows, rows + ahead))
    for name, table in now.to_arrays().items():
        assert np.array_equal(table, later.to_arrays()[name], equal_nan=True), name


def test_a_bank_without_history_has_tables_that_know_nothing() -> None:
    tables = PopulationTables.fit(bank(Events(), customers=0))
    assert np.isnan(tables.bgnbd).all()
    assert np.isnan(tables.gap).all()
    assert np.isnan(tables.peer_share).all()
    assert np.isnan(tables.usual).all()
    assert tables.hazard.tolist() == [[0] * CATEGORIES] * CATEGORIES


def test_they_come_back_from_their_arrays() -> None:
    again = PopulationTables.from_arrays(TABLES.to_arrays())
    assert again.hazard is TABLES.hazard

"""Two simulated banks, made once: a small one to read row by row, a larger one to count in."""

from __future__ import annotations

import pytest

from service.simulate import simulate
from tests.unit.service.simulate.folder import UNTIL, Folder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """300 customers, 60 products, 200 days."""
    path = tmp_path_factory.mktemp("small")
    simulate(path, customers=300, products=60, days=200, until=UNTIL, seed=3)
    return Folder(path)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """2,500 customers, 400 products, one year."""
    path = tmp_path_factory.mktemp("large")
    simulate(path, customers=2_500, products=400, days=365, until=UNTIL, seed=7)
    return Folder(path)

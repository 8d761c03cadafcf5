"""Two simulated banks, made once: a small one to read row by row, a larger one to count in."""

from __future__ import annotations

from functools import partial

import pytest

from service.simulate import simulate
from tests.once import once
from tests.unit.service.simulate.folder import UNTIL, Folder

SMALL = {"customers": 300, "products": 60, "days": 200}
LARGE = {"customers": 2_500, "products": 400, "days": 365}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """300 customers, 60 products, 200 days."""
    return Folder(once(tmp_path_factory, "simulated-small", partial(simulate, **SMALL, until=UNTIL, seed=3)))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """2,500 customers, 400 products, one year."""
    return Folder(once(tmp_path_factory, "simulated-large", partial(simulate, **LARGE, until=UNTIL, seed=7)))

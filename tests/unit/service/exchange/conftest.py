from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.stores.protocols import Store
from tests.unit.service.exchange.folders import PRODUCTS, bank, write


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with bank(tmp_path / "bank.db") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three products."""
    return write(tmp_path / "folder", "products", PRODUCTS)

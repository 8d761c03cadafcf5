"""One small bank, filled anew for every history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.reports import _suppression
from service.runtime import Runtime
from tests.unit.service.reports.histories import learn_categories, small_bank


@pytest.fixture(scope="session")
def fillable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime over a bank that a test may fill."""
    with small_bank(tmp_path_factory.mktemp("reports")) as runtime:
        learn_categories(runtime.worlds.last().catalogue.categories.codes)
        yield runtime


@pytest.fixture
def all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of any size are told."""
    monkeypatch.setattr(_suppression, "MIN_CUSTOMERS", 0)

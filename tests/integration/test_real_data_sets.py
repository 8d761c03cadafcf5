"""The real data sets of the benchmarks import without one rejected row; they do not come with the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.exchange import ImportReport, import_folder
from tests.factories import NOW_US
from tests.unit.service.exchange.folders import bank

DATA = Path(__file__).parents[3] / "shared" / "data"
ROWS = {
    "far-trans": {"products": 806, "customers": 29_090},
    "insurance": {"products": 16, "events": 58_745, "eligibility": 29_787},
    "santander": {"products": 24, "snapshots": 192_099, "events": 99_121},
    "tafeng": {"products": 11_997, "basket_order": 454_910},
}
UNREAD = {"far-trans": ("README.md",), "tafeng": ("test_customers.csv",)}


@pytest.fixture(params=sorted(ROWS))
def name(request: pytest.FixtureRequest) -> str:
    if not (DATA / request.param).is_dir():
        pytest.skip("the data sets are not here")
    return str(request.param)


@pytest.fixture
def reports(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ImportReport]:
    """Two imports in a row; the rows of customers, which other tests are about, are not computed."""
    monkeypatch.setattr("service.exchange.finish.rebuild_states", lambda *_, **__: None)
    with bank(tmp_path / "bank.db") as store:
        return [import_folder(store, DATA / name, reports=tmp_path / "imports", now_us=NOW_US) for _ in range(2)]


@pytest.mark.slow
def test_every_row_is_loaded_once(name: str, reports: list[ImportReport]) -> None:
    first, second = reports
    assert first.kept
    assert {file: counts.inserted for file, counts in first.files.items()} == ROWS[name]
    assert {file: counts.unchanged + counts.duplicate for file, counts in second.files.items()} == ROWS[name]
    assert first.unread == UNREAD.get(name, ())
    assert first.rejects == second.rejects == second.customers == 0

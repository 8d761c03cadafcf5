"""Rejected rows are kept in the format in which they came."""

from __future__ import annotations

from pathlib import Path

from service.stores.protocols import Store
from tests.unit.service.exchange.folders import counted, load, write_csv


def test_rejected_rows_of_a_csv_file_are_csv_that_can_be_mended_and_imported(store: Store, folder: Path) -> None:
    write_csv(folder, "customers", "customer_id,birth_year,region\nc,1700,上海\nd,1980,\n")
    report = load(store, folder)
    path = Path(report.files["customers"].rejected_file)
    assert path == Path(report.report_folder) / "rejected" / "customers.csv"
    assert path.read_text(encoding="utf-8").splitlines() == [
        '"reject_row","reject_code","reject_column","line","customer_id","birth_year","region"',
        '1,"out_of_range","birth_year",,"c","1700","上海"',
    ]
    assert any(str(path) in note for note in report.notes())
    assert report.summary().endswith("nothing was kept, 1 row rejected, 0 allowed; see " + str(path.parent))
    write_csv(folder, "customers", path.read_text(encoding="utf-8").replace("1700", "1970"))
    assert counted(load(store, folder), "customers") == {"inserted": 1}

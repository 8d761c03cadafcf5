from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import Refused
from service.exchange.read import BATCH_ROWS, batches, open_folder
from service.stores.protocols import Store
from tests.unit.service.exchange.folders import PRODUCTS, T0, counted, load, rejected, rows_of, write, write_csv

HEADER = "customer_id,joined_at,birth_year,overdue,region"


def test_csv_may_have_a_byte_order_mark_and_any_line_ends(store: Store, folder: Path) -> None:
    text = f"{HEADER}\r\nc,{T0},1980,TRUE,\r\nd,2026-01-05 16:00:00+08:00,,0,上海\r\n"
    write_csv(folder, "customers", text, "utf-8-sig")
    assert load(store, folder).kept
    joined = rows_of(store, "customers", "joined_us")
    assert joined[0] == joined[1]
    rows = rows_of(store, "customers", "customer_id, birth_year, overdue, region")
    assert rows == [("c", 1980, 1, None), ("d", None, 0, "上海")]


def test_csv_lists_are_separated_by_semicolons(store: Store, tmp_path: Path) -> None:
    window = "2026-01-01/2026-02-01"
    text = f"product_id,category,regions,open_windows,min_amount\np,cash.mmf,1; 2;,{window};{window},0.29\n"
    load(store, write_csv(tmp_path / "folder", "products", text))
    stated = "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"
    assert rows_of(store, "products", "regions, open_windows, min_amount") == [
        ('["1","2"]', f'["{stated}","{stated}"]', 29)
    ]


def test_fields_may_hold_commas_quotes_and_line_breaks(store: Store, folder: Path) -> None:
    write_csv(folder, "customers", 'customer_id,region\n"c,1","a ""b""\nc"\n')
    load(store, folder)
    assert rows_of(store, "customers", "customer_id, region") == [("c,1", 'a "b"\nc')]


def test_lines_with_too_many_or_too_few_fields_are_rejected_and_kept(store: Store, folder: Path) -> None:
    write_csv(folder, "customers", "customer_id,region\na,1\nb\nc,1,2\nd,2\n")
    report = load(store, folder, max_rejects=2)
    assert counted(report, "customers") == {"inserted": 2, "bad_row": 2}
    rows = rejected(report, "customers")
    assert [(row["reject_row"], row["line"]) for row in rows] == [("3", "b"), ("4", "c,1,2")]


def test_what_is_not_utf8_is_rejected_alone(store: Store, folder: Path) -> None:
    write_csv(folder, "customers", "customer_id,region\na,\xe9\nb,e\n", "latin-1")
    report = load(store, folder, max_rejects=1)
    assert counted(report, "customers") == {"inserted": 1, "bad_text": 1}
    (row,) = rejected(report, "customers")
    assert (row["customer_id"], row["region"]) == ("a", "\\xe9")


def test_large_files_come_in_batches(tmp_path: Path) -> None:
    rows = BATCH_ROWS + 10
    folder = write_csv(tmp_path / "folder", "customers", "customer_id\n" + "".join(f"{n}\n" for n in range(rows)))
    write(folder, "products", [PRODUCTS[1]] * rows)
    opened = open_folder(folder)
    for name in ("customers", "products"):
        source = opened.sources[name]
        found = [(batch.first, batch.rows.num_rows) for batch in batches(source)]
        assert source.total == rows
        assert sum(count for _, count in found) == rows
        assert max(count for _, count in found) <= BATCH_ROWS
        assert [first for first, _ in found] == [1 + sum(count for _, count in found[:n]) for n in range(len(found))]


def test_a_column_twice_is_refused(folder: Path) -> None:
    write_csv(folder, "customers", "customer_id,region,region\nc,1,2\n")
    with pytest.raises(Refused, match="region more than once"):
        open_folder(folder)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a folder"):
        open_folder(tmp_path / "nowhere")

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.errors import Refused
from service.exchange.schema import CODES
from service.stores.protocols import Store
from tests.factories import NOW_US
from tests.unit.service.exchange.folders import (
    AS_OF,
    DAY_US,
    PRODUCTS,
    T0,
    T1,
    content,
    counted,
    event,
    load,
    rows_of,
    write,
    write_csv,
)


def test_amounts_become_minor_units_exactly(store: Store, folder: Path) -> None:
    assert load(store, folder).kept
    assert rows_of(store, "products", "product_id, min_amount")[0] == ("p1", 29)


def test_products_get_dense_numbers_and_new_categories_their_own(store: Store, folder: Path) -> None:
    load(store, folder)
    assert rows_of(store, "products", "product_no, product_id") == [(0, "p1"), (1, "p2"), (2, "p3")]
    _, _, categories = store.catalogue()
    assert categories[-1] == (len(categories) - 1, "travel.voucher", "travel")


def test_a_new_catalogue_is_in_force_after_the_import(store: Store, folder: Path) -> None:
    before = store.versions().catalogue
    load(store, folder)
    assert store.versions().catalogue == before + 1
    assert [row["product_id"] for row in store.catalogue()[1]] == ["p1", "p2", "p3"]


def test_a_second_import_changes_nothing(store: Store, folder: Path, tmp_path: Path) -> None:
    write(folder, "customers", [{"customer_id": "c", "joined_at": T0, "risk_capacity": "C3", "attr_job": "cook"}])
    write(folder, "events", [event(), event("e2", amount=12.5)])
    write(folder, "holdings", [{"customer_id": "c", "product_id": "p2", "opened_at": T0, "amount": 5.0}])
    load(store, folder)
    before = content(tmp_path / "bank.db")
    again = load(store, folder)
    assert content(tmp_path / "bank.db") == before
    assert counted(again, "customers") == {"unchanged": 1}
    assert counted(again, "events") == {"duplicate": 2}
    assert counted(again, "holdings") == {"unchanged": 1}
    assert again.customers == 0


def test_other_content_replaces_the_row(store: Store, folder: Path) -> None:
    write(folder, "customers", [{"customer_id": "c", "region": "310000"}])
    load(store, folder)
    write(folder, "customers", [{"customer_id": "c", "region": "110000"}])
    assert counted(load(store, folder), "customers") == {"replaced": 1}
    assert rows_of(store, "customers", "region") == [("110000",)]


def test_an_event_with_other_content_is_a_conflict_and_stays_as_it_was(store: Store, folder: Path) -> None:
    write(folder, "events", [event(amount=1.0)])
    load(store, folder)
    write(folder, "events", [event(amount=2.0)])
    report = load(store, folder, max_rejects=1)
    assert counted(report, "events") == {"event_conflict": 1}
    assert rows_of(store, "events", "amount") == [(100,)]


def test_a_key_twice_in_one_file_counts_once_or_is_a_duplicate_key(store: Store, folder: Path) -> None:
    write(folder, "events", [event(amount=1.0), event(amount=1.0), event(amount=2.0)])
    report = load(store, folder, max_rejects=1)
    assert counted(report, "events") == {"inserted": 1, "duplicate": 1, "duplicate_key": 1}
    assert rows_of(store, "events", "amount") == [(100,)]


def test_the_later_of_two_rows_with_one_key_is_rejected_also_where_the_first_replaces(
    store: Store, folder: Path
) -> None:
    write(folder, "customers", [{"customer_id": "c", "region": "1"}])
    load(store, folder)
    write(folder, "customers", [{"customer_id": "c", "region": region} for region in ("2", "2", "3")])
    report = load(store, folder, max_rejects=1)
    assert counted(report, "customers") == {"replaced": 1, "duplicate": 1, "duplicate_key": 1}
    assert rows_of(store, "customers", "region") == [("2",)]


@pytest.mark.parametrize("first", [True, False])
def test_of_two_answers_of_the_same_time_the_refusal_holds(store: Store, folder: Path, first: bool) -> None:
    for granted in (first, not first):
        row = {"customer_id": "c", "scope": "personalisation", "granted": granted, "changed_at": T0}
        write(folder, "consents", [row])
        assert load(store, folder).kept
    assert rows_of(store, "consents", "granted") == [(0,)]


def test_a_refusal_holds_also_against_an_earlier_row_of_the_same_file(store: Store, folder: Path) -> None:
    rows = [{"customer_id": "c", "scope": "tags", "granted": yes, "changed_at": T0} for yes in (True, False)]
    write(folder, "consents", rows)
    assert counted(load(store, folder, max_rejects=1), "consents") == {"inserted": 1, "duplicate_key": 1}
    assert rows_of(store, "consents", "granted") == [(0,)]


def test_also_the_first_product_counts_once(store: Store, folder: Path) -> None:
    write(folder, "products", [PRODUCTS[1], PRODUCTS[1], {**PRODUCTS[1], "name": "Other"}])
    report = load(store, folder, max_rejects=1)
    assert counted(report, "products") == {"inserted": 1, "duplicate": 1, "duplicate_key": 1}


def test_more_rejects_than_allowed_keep_nothing_but_the_report(store: Store, folder: Path, tmp_path: Path) -> None:
    before = content(tmp_path / "bank.db")
    write(folder, "events", [event(), event("e2", product_id="nowhere"), event("e3", kind="wish")])
    report = load(store, folder, max_rejects=1)
    assert not report.kept
    assert content(tmp_path / "bank.db") == before
    assert counted(report, "events") == {"not_kept": 1, "unknown_product": 1, "bad_enum": 1}
    written = json.loads((Path(report.report_folder) / "report.json").read_text())
    told = (written["kept"], written["files"]["events"]["inserted"], written["files"]["events"]["not_kept"])
    assert told == (False, 0, 1)
    assert [row[2] for row in report.rows()] == [0] * len(report.files)
    assert "events: 1 without a fault, not kept either" in list(report.notes())


def test_rejected_rows_are_kept_as_they_came_with_number_code_and_column(store: Store, folder: Path) -> None:
    write(folder, "events", [event(), event("e2", product_id="nowhere"), event("e3")])
    report = load(store, folder, max_rejects=1)
    (row,) = pq.read_table(Path(report.report_folder) / "rejected" / "events.parquet").to_pylist()
    assert row == {
        "reject_row": 2,
        "reject_code": "unknown_product",
        "reject_column": "product_id",
        "line": None,
        **event("e2", product_id="nowhere"),
    }


def test_every_report_has_a_folder_of_its_own(store: Store, folder: Path, tmp_path: Path) -> None:
    folders = [Path(load(store, folder).report_folder) for _ in range(2)]
    assert folders == [tmp_path / "imports" / "1", tmp_path / "imports" / "2"]


def test_a_product_stays_in_its_category(store: Store, folder: Path) -> None:
    load(store, folder)
    write(folder, "products", [{**PRODUCTS[0], "category": "cash.mmf"}, {**PRODUCTS[1], "name": "New"}])
    report = load(store, folder, max_rejects=1)
    assert counted(report, "products") == {"category_changed": 1, "replaced": 1}


def test_an_event_names_its_products_category_or_none(store: Store, folder: Path) -> None:
    rows = [event("e1", category="deposit.term"), event("e2", category=None), event("e3", category="cash.mmf")]
    write(folder, "events", rows)
    assert counted(load(store, folder, max_rejects=1), "events") == {"inserted": 2, "bad_enum": 1}


def test_an_unknown_customer_is_no_error(store: Store, folder: Path) -> None:
    write(folder, "events", [event(customer_id="stranger")])
    assert load(store, folder).kept
    assert store.customer_ids() == ["stranger"]


def test_what_happened_while_personalisation_was_off_is_stored_and_marked(store: Store, folder: Path) -> None:
    changes = [{"customer_id": "c", "scope": "personalisation", "granted": True, "changed_at": T1}]
    write(folder, "consents", changes)
    rows = [event("before", kind="detail"), event("after", kind="detail", occurred_at=T1), event("bought")]
    write(folder, "events", rows)
    load(store, folder)
    assert rows_of(store, "events", "event_id, muted") == [("before", 1), ("after", 0), ("bought", 0)]


def test_the_rows_of_customers_are_computed_with_the_import(store: Store, folder: Path) -> None:
    write(folder, "consents", [{"customer_id": "c", "scope": "personalisation", "granted": True, "changed_at": T0}])
    write(folder, "events", [event(amount=10.0)])
    assert load(store, folder).customers == 1
    _, row = store.read("c", personal=True)
    assert row is not None
    assert row.state is not None
    assert store.stale(["c"]) == []


def test_a_tag_without_a_definition_is_assigned_all_the_same(store: Store, folder: Path) -> None:
    write(folder, "tags", [{"customer_id": "c", "tag": "saver", "assigned_at": T0, "affinity": 0.5}])
    load(store, folder)
    assert rows_of(store, "tag_definitions", "tag, kind") == [("saver", None)]
    write(folder, "tag_definitions", [{"tag": "saver", "kind": "preference", "category": "deposit.term"}])
    assert counted(load(store, folder), "tag_definitions") == {"replaced": 1}
    assert store.tag_version(store.versions().tags)[0]["kind"] == "preference"


def test_a_tag_that_the_customer_deleted_is_not_assigned_again_while_that_runs(store: Store, folder: Path) -> None:
    tag = {"customer_id": "c", "tag": "saver", "assigned_at": T0}
    write(folder, "tags", [tag])
    load(store, folder)
    store.remove_tag("c", "saver", "customer", NOW_US - DAY_US)
    before = rows_of(store, "tags")
    write(folder, "tags", [tag, {**tag, "assigned_at": AS_OF}])
    assert counted(load(store, folder), "tags") == {"tombstoned": 2}
    assert rows_of(store, "tags") == before


def test_cash_flows_without_an_id_are_told_apart_by_time_class_name_and_sign(store: Store, folder: Path) -> None:
    flow = {"customer_id": "c", "occurred_at": T0, "amount": 10.0, "counterparty_class": "bank", "own_name": True}
    write(folder, "cash_flows", [flow, {**flow, "amount": -10.0}, {**flow, "own_name": False}, flow])
    assert counted(load(store, folder), "cash_flows") == {"inserted": 3, "duplicate": 1}


def test_a_file_twice_is_refused(store: Store, folder: Path) -> None:
    write_csv(folder, "products", "product_id,category\np1,cash.mmf\n")
    with pytest.raises(Refused, match=r"both as \.parquet and as \.csv"):
        load(store, folder)


def test_another_base_currency_is_refused(store: Store, folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 1, "base_currency": "EUR"}')
    with pytest.raises(Refused, match="EUR"):
        load(store, folder)
    assert load(store, folder, base_currency="EUR").kept


@pytest.mark.parametrize(
    "manifest", ["{", "[]", '{"format": 2}', '{"as_of": "yesterday"}', '{"as_of": 5}', '{"as_of": "2027-01-01"}']
)
def test_a_manifest_that_says_nothing_sensible_is_refused(store: Store, folder: Path, manifest: str) -> None:
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(Refused, match=r"manifest\.json"):
        load(store, folder)


def test_what_is_no_parquet_is_refused_in_one_line(store: Store, folder: Path) -> None:
    (folder / "events.parquet").write_bytes(b"PAR1 or so")
    with pytest.raises(Refused, match=r"events\.parquet cannot be read"):
        load(store, folder)


def test_what_is_not_of_the_format_is_named_and_not_read(store: Store, folder: Path) -> None:
    (folder / "truth").mkdir()
    (folder / "notes.txt").write_text("?")
    write(folder, "decisions", [{"decision_id": "d"}])
    write(folder, "customers", [{"customer_id": "c", "gender": "f", "attr_job": "cook"}])
    report = load(store, folder)
    assert report.unread == ("decisions.parquet", "notes.txt", "truth/")
    assert report.files["customers"].ignored_columns == ("gender",)


def test_a_misspelt_required_column_rejects_every_row(store: Store, folder: Path) -> None:
    write(folder, "customers", [{"customerid": "c"}, {"customerid": "d"}])
    report = load(store, folder, max_rejects=2)
    assert counted(report, "customers") == {"missing_column": 2}
    assert report.files["customers"].missing_columns == ("customer_id",)


def test_files_without_rows_are_read_all_the_same(store: Store, folder: Path) -> None:
    write(folder, "events", pa.table({"event_id": pa.array([], pa.string())}))
    write_csv(folder, "customers", "")
    write_csv(folder, "tags", "customer_id,tag,assigned_at\n")
    report = load(store, folder)
    assert report.kept
    assert [report.files[name].read for name in ("events", "customers", "tags")] == [0, 0, 0]


def test_all_codes_of_the_specification_are_listed() -> None:
    stated = (
        "missing_column bad_type bad_enum unknown_product duplicate_key event_conflict non_finite time_out_of_range "
        "closed_before_opened"
    )
    assert set(stated.split()) <= CODES.keys()

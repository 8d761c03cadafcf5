"""`huojia import`: what it says of a folder that was not kept, and of the format itself."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.integration.commanding import Run, put
from tests.sample_bank import NOW

TAGS = "customer_id,tag,assigned_at,removed_at\n"
GOOD = "c,t,2026-01-05T08:00:00Z,\n"
BACKWARDS = "d,t,2026-01-05T08:00:00Z,2026-01-04T08:00:00Z\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One good assignment and one that ends before it begins."""
    put(tmp_path / "folder", "tags.csv", (TAGS + GOOD + BACKWARDS).encode())
    return tmp_path / "folder"


def test_of_a_refused_import_nothing_counts_as_inserted(run: Run, folder: Path, tmp_path: Path) -> None:
    at = {"data_dir": str(tmp_path / "data")}
    done = run("import", str(folder), "--json", **at)
    counts = done.json["files"]["tags"]
    assert (done.code, done.json["kept"]) == (1, False)
    assert (counts["inserted"], counts["not_kept"]) == (0, 1)
    assert counts["rejected"] == {"removed_before_assigned": 1}
    assert done.err.splitlines()[-1] == (
        f"huojia: folder: nothing was kept, 1 row rejected, 0 allowed; see {tmp_path}/data/imports/1/rejected"
    )
    told = run("import", str(folder), **at).out
    assert "tags: 1 without a fault, not kept either" in told
    path = tmp_path / "data" / "imports" / "2" / "rejected" / "tags.csv"
    assert f"tags: rejected rows, each with its number, code and column: {path}" in told.replace("\n", " ")
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert (row["reject_row"], row["reject_column"], row["customer_id"]) == ("2", "removed_at", "d")


def test_a_claim_that_the_taxonomy_lacks_is_imported_with_a_warning(run: Run, tmp_path: Path) -> None:
    text = b"tag,kind,category\na,preference,fund.index\nb,preference,fund.idx\n"
    put(tmp_path / "folder", "tag_definitions.csv", text)
    done = run("import", str(tmp_path / "folder"), data_dir=str(tmp_path / "data"))
    assert done.code == 0, done.err
    assert "tag_definitions: 1 names no category or zone that is known: category fund.idx" in done.out


def test_a_simulated_bank_claims_nothing_unknown(run: Run, tmp_path: Path) -> None:
    run("simulate", str(tmp_path / "bank"), "--customers", "5", "--products", "60", "--days", "40", "--until", NOW[:10])
    done = run("import", str(tmp_path / "bank"), "--json", data_dir=str(tmp_path / "data"))
    assert [counts["warnings"] for counts in done.json["files"].values() if counts["warnings"]] == []


def test_the_format_is_printed_without_a_folder(run: Run) -> None:
    told = run("import", "--schema")
    assert told.code == 0
    for word in ("tag_definitions: what a tag claims", "one_of", "removed_by", "bank, customer, service"):
        assert word in told.out
    files = {file["name"]: file for file in run("import", "--schema", "--json").json["files"]}
    required = {one["name"] for one in files["tags"]["columns"] if one["required"]}
    assert required == {"customer_id", "tag", "assigned_at"}


@pytest.mark.parametrize("arguments", [(), ("folder", "--schema")])
def test_either_a_folder_or_the_format_is_asked_for(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("import", *arguments)
    assert done.code == 2
    assert "a folder is needed, or --schema without one" in done.err

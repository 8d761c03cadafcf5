"""`huojia policy preview`: effects of a policy in the terminal."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from rich.cells import cell_len

from service.bootstrap import runtime_of
from tests.integration.commanding import Run, put
from tests.sample_bank import SampleBank

RULE = {"name": "no_funds", "when": {"age": {"at_least": 30}}, "then": {"withhold": {"zones": ["fund"]}}}


@pytest.fixture(scope="module")
def written(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    return small_bank.copy(tmp_path_factory.mktemp("previewing") / "bank")


@pytest.fixture
def candidate(tmp_path: Path) -> str:
    return put(tmp_path, "candidate.json", orjson.dumps({"rules": [RULE]}))


def test_a_preview_tells_effects_shelves_and_that_nothing_was_written(run: Run, candidate: str) -> None:
    done = run("policy", "preview", candidate, "--sample", "200")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("default@1 → default@2, in_app home, as of 2026-11-01T04:00")
    assert any(line.split() and line.split()[0] == "no_funds" for line in lines)
    assert sum(line.startswith("customer ") for line in lines) == 3
    assert "− gone: policy_rule" in done.out
    assert any(line.startswith("200 customers (of 200 looked at)") for line in lines)
    assert lines[-1].endswith(" s; nothing was written")
    assert "previewing: 200 of 200" in done.err


def test_the_slots_of_both_shelves_stand_beside_each_other_in_wide_characters(run: Run, candidate: str) -> None:
    lines = run("policy", "preview", candidate, "--sample", "200").out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("customer "))
    header, _, *rows = lines[start + 2 :]
    place = cell_len(header[: header.index("after")])
    rows = rows[: rows.index(next(row for row in rows if not row.strip()))]
    assert len(rows) > 3
    for row in rows:
        left = next(number for number in range(len(row) + 1) if cell_len(row[:number]) >= place)
        assert cell_len(row[:left]) == place
        assert row[left - 2 : left] == "  "


def test_json_has_the_shelves_of_the_customers_named(run: Run, written: SampleBank, candidate: str) -> None:
    with runtime_of(written.settings()) as runtime:
        ids = runtime.store.customer_ids(limit=3)
    told = run("policy", "preview", candidate, "--customers", ",".join([*ids, ids[0]]), "--json").json
    assert [shelf["customer_id"] for shelf in told["shelves"]] == ids
    assert told["versions"]["after"]["policy"] == "default@2"
    listed = put(Path(candidate).parent, "ids", "\n".join([*ids, ""]).encode())
    again = run("policy", "preview", candidate, "--customers-from", listed, "--json").json
    assert again["shelves"] == told["shelves"]


def test_a_stored_version_is_previewed_for_whom_a_condition_means(run: Run) -> None:
    told = run("policy", "preview", "1", "--sample", "20", "--where", "age: {at_least: 60}", "--json").json
    assert told["looked_at"] > told["customers"] > 0
    assert told["changed"] == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("9",), "default@9: no such version"),
        (("1", "--base", "1"), "--base: a stored version has its base in it"),
        (("1", "--customers", "a", "--sample", "3"), "--customers, --customers-from, --sample: give one of them"),
        (("1", "--customers", "a b"), "--customers 'a b': an id has"),
        (("1", "--customers", ","), "--customers: 1 to 1000 ids, not 0"),
        (("1", "--customers-from", "nowhere"), "--customers-from nowhere: "),
        (("1", "--where", '{"aged": 3}'), "where.aged: unknown key"),
        (("1", "--where", "{"), "--where"),
        (("1", "--channel", "tv"), "channel: must be one of"),
        (("1", "--as-of", "then"), "--as-of 'then'"),
        (("1", "--where", "held: [nowhere]"), "where.held[0]"),
        (("nowhere.json",), "nowhere.json: No such file"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(run: Run, arguments: tuple[str, ...], line: str) -> None:
    done = run("policy", "preview", *arguments)
    assert done.code == 1
    assert line in done.err
    assert "Traceback" not in done.err


def test_a_faulty_file_names_every_fault(run: Run, tmp_path: Path) -> None:
    path = put(tmp_path, "bad.json", b'{"holdout_share": 2, "arrangement": {"category_cpa": 1}}')
    done = run("policy", "preview", path)
    assert done.code == 1
    assert "arrangement.category_cpa" in done.err
    assert "holdout_share" in done.err

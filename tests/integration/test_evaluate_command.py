"""`huojia evaluate` and `huojia benchmarks` as they are typed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from service.evaluation.benchmarks import Bank, Benchmark
from tests.integration.commanding import Run
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn, folder

WINDOW = ("--from", SINCE, "--until", UNTIL, "--k", "3")
KEYS = {"name", "is_baseline", "map", "ndcg", "hr1", "hr", "mrr", "recall", "coverage", "ece", "fit_s", "rank_us"}


def test_the_table_is_printed_and_the_json_has_the_keys_of_the_exchange_format(run: Run, tmp_path: Path) -> None:
    path, file = drawn(tmp_path / "bank"), tmp_path / "report.json"
    done = run("evaluate", str(path), *WINDOW, "--model", "popularity", "--model", "huojia", "--json", str(file))
    assert done.code == 0
    assert "huojia" in done.out
    report = orjson.loads(file.read_bytes())
    assert (report["dataset"], report["from"], report["until"], report["k"]) == ("bank", SINCE, UNTIL, 3)
    assert report["customers"] == report["rankings"] > 0
    assert [model["name"] for model in report["models"]] == ["popularity", "huojia"]
    assert all(set(model) >= KEYS for model in report["models"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "soon", "--until", UNTIL), "huojia: --from 'soon': not a date or time"),
        (("--from", UNTIL, "--until", SINCE), "must lie before"),
        ((*WINDOW, "--task", "every"), "huojia: --task every: must be one of"),
        ((*WINDOW, "--model", "best"), "huojia: --model best: must be among"),
        ((*WINDOW, "--json", "/nowhere/at/all.json"), "huojia: --json /nowhere/at/all.json: no such folder"),
        ((*WINDOW, "--json", "/"), "huojia: --json /: is a folder"),
        ((*WINDOW, "--plots", "/dev/null/plots"), "huojia: --plots /dev/null/plots: Not a directory"),
        ((*WINDOW, "--plots", "/dev/null"), "huojia: --plots /dev/null: File exists"),
        ((*WINDOW, "--rolling", "60", "--step", "3650"), "huojia: --rolling 60: so many steps before --from 2024"),
    ],
)
def test_a_bad_question_ends_with_one_line(run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run("evaluate", str(folder(tmp_path / "bank")), *arguments)
    assert done.code == 1
    assert message in done.err.splitlines()[-1]


def test_evidence_and_calibration_are_printed_written_and_drawn(run: Run, tmp_path: Path) -> None:
    path, file, plots = drawn(tmp_path / "bank"), tmp_path / "report.json", tmp_path / "plots"
    models = ("--model", "huojia", "--model", "popularity")
    done = run("evaluate", str(path), *WINDOW, *models, "--evidence", "--json", str(file), "--plots", str(plots))
    assert done.code == 0
    assert "predicted / actual" in done.out
    assert "events kept" in done.out
    report = orjson.loads(file.read_bytes())
    assert [one["events"] for one in report["evidence"]] == [0, 1, 3, 5, 10, 20, None]
    by_name = {model["name"]: model for model in report["models"]}
    assert by_name["popularity"]["calibration"] is None
    calibration = by_name["huojia"]["calibration"]
    assert calibration["all"]["ece"] == by_name["huojia"]["ece"]
    assert set(calibration) == {"shown", "all"}
    assert {path.name for path in plots.iterdir()} == {
        f"bank-{SINCE}-all-{kind}.svg" for kind in ("reliability", "evidence")
    }


def test_a_folder_of_plots_is_made_and_a_report_without_probabilities_says_that_none_is_drawn(
    run: Run, tmp_path: Path
) -> None:
    path, plots = drawn(tmp_path / "bank"), tmp_path / "new" / "plots"
    done = run("evaluate", str(path), *WINDOW, "--model", "popularity", "--plots", str(plots))
    assert (done.code, list(plots.iterdir())) == (0, [])
    assert "--plots: no plot of reliability: none of the models gives probabilities" in done.out


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--k", value) for value in ("ten", "0", "1001", "99999999999999999999")),
        *(("--rolling", value) for value in ("1", "61", "100000")),
        *(("--step", value) for value in ("0", "3651", "99999999")),
    ],
)
def test_a_number_that_cannot_be_is_wrong_usage(run: Run, tmp_path: Path, option: str, value: str) -> None:
    done = run("evaluate", str(tmp_path), *WINDOW, option, value)
    assert done.code == 2
    assert option in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("study-tags", "--customers", "29"), 2, "--customers"),
        (("study-tags", "--products", "19"), 2, "--products"),
        (("study-tags", "--until", "nonsense"), 1, "huojia: --until 'nonsense': not a date"),
        (("study", "--until", "nonsense"), 1, "huojia: --until 'nonsense': not a date"),
        (("scale", "--model", "nonsense"), 1, "huojia: --model nonsense: must be among"),
    ],
)
def test_a_measurement_that_cannot_be_is_refused_before_a_bank_is_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, message: str
) -> None:
    for work in ("study_tags.tag_lift", "study.study", "scaling.measure"):
        monkeypatch.setattr(f"service.commands.{work}", lambda *_: pytest.fail("has begun to work"))
    done = run(*arguments)
    assert done.code == code
    assert message in done.err


def test_the_document_says_how_each_table_is_made_and_names_no_folder_of_the_machine(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = (("from", SINCE), ("until", UNTIL), ("k", "3"), ("evidence", ""), ("task", "all"))
    known = (
        Benchmark("bank", "A drawn bank.", "Drawn by chance.", (options,)),
        Benchmark("absent", "Another.", "Nowhere.", (options,)),
        Benchmark("made", "A simulated one.", "Here.", (options,), Bank(60, 12, 120, "2024-04-05", 1)),
    )
    monkeypatch.setattr("service.commands.benchmarks.BENCHMARKS", known)
    drawn(tmp_path / "bank")
    out = tmp_path / "benchmarks.md"
    assert run("benchmarks", str(tmp_path), "--out", str(out)).code == 0
    text = out.read_text()
    assert f"huojia evaluate $DATA/bank --from {SINCE} --until {UNTIL} --k 3 --evidence --task all" in text
    assert "| huojia |" in text
    assert "Source: Drawn by chance." in text
    assert f"### made, {SINCE} to {UNTIL}, task all" in text
    assert "Skipped: not in the data folder." in text
    assert str(tmp_path) not in text
    for kind in ("reliability", "evidence"):
        name = f"plots/bank-{SINCE}-all-{kind}.svg"
        assert f"]({name})" in text
        assert (tmp_path / name).read_text().startswith("<svg")
    assert "| events kept |" in text
    assert "| huojia, first 3 |" in text


def test_without_data_sets_the_document_is_left_alone(run: Run, tmp_path: Path) -> None:
    done = run("benchmarks", str(tmp_path), "--out", str(tmp_path / "benchmarks.md"))
    assert (done.code, done.out.startswith("benchmarks skipped: ")) == (0, True)
    assert not (tmp_path / "benchmarks.md").exists()

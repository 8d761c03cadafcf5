"""`huojia model list` and `promote`: an earlier artifact in force again, or nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.bootstrap import store_of
from service.settings import Settings
from tests.integration.commanding import Run
from tests.sample_bank import SampleBank


def in_force(settings: Settings) -> tuple[int, int]:
    """The version in force, and how many there are."""
    with store_of(settings) as store:
        return store.versions().model, len(store.models())


def artifact(bank: SampleBank) -> Path:
    """The folder of the only artifact."""
    (folder,) = (path for path in (bank.data_dir / "models").iterdir() if path.is_dir())
    return folder


def test_the_list_says_what_every_version_was_trained_on_and_where_it_is(run: Run, written: SampleBank) -> None:
    first = run("model", "list", "--json").json[0]
    assert first["version"] == "m1"
    assert first["trained_at"] == first["promoted_at"] <= "2026-11-01T05:00:00Z"
    assert first["window"]["as_of"] == "2026-11-01"
    assert first["metrics"]["popularity"]["map"] > 0
    assert Path(first["path"]) == artifact(written)
    shown = run("model", "list").out
    assert "m1" in shown
    assert f"popularity {first['metrics']['popularity']['map']:.4f}" in shown


def test_an_earlier_model_comes_in_force_as_a_new_version(run: Run, written: SampleBank) -> None:
    _, count = in_force(written.settings())
    done = run("model", "promote", "m1", "--json")
    assert done.json == {"version": f"m{count + 1}", "artifact_of": "m1"}
    assert in_force(written.settings()) == (count + 1, count + 1)
    told = run("model", "list", "--json").json
    assert [one["in_force"] for one in told] == [False] * count + [True]
    assert told[-1]["path"] == told[0]["path"]
    assert told[-1]["trained_at"] == told[0]["trained_at"]


@pytest.mark.parametrize(
    ("version", "fault"), [("m99", "m99: not in the store"), ("newest", "a version is m1"), ("m0", "a version is m1")]
)
def test_a_version_that_there_is_not_is_refused(run: Run, written: SampleBank, version: str, fault: str) -> None:
    before = in_force(written.settings())
    done = run("model", "promote", version)
    assert done.code == 1
    assert fault in done.err
    assert in_force(written.settings()) == before


@pytest.mark.parametrize("missing", [False, True])
def test_an_artifact_that_is_corrupt_or_missing_is_refused_before_anything_changes(
    run: Run, bank: SampleBank, *, missing: bool
) -> None:
    folder = artifact(bank)
    if missing:
        folder.rename(folder.with_name("elsewhere"))
    else:
        file = folder / "popularity.recent.npy"
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    before = in_force(bank.settings())
    done = run("model", "promote", "m1", data_dir=str(bank.data_dir))
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert in_force(bank.settings()) == before
    shown = run("model", "list", data_dir=str(bank.data_dir))
    assert shown.code == 0
    assert ("cannot be read" in shown.out) is missing


def test_a_bank_without_models_has_an_empty_list(run: Run, tmp_path: Path) -> None:
    done = run("model", "list", "--json", data_dir=str(tmp_path / "new"))
    assert done.json == []

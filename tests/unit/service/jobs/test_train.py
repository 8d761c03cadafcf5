"""Training: what is known up to a day becomes the model in force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from recommender.artifact import ArtifactError, loads
from recommender.promotion import Verdict
from service.bootstrap import runtime_of
from service.commands import training as training_command
from service.errors import Refused
from service.jobs import train as job
from service.jobs.train import train
from service.progress import silent
from service.runtime import Runtime
from service.stores import tables
from tests.sample_bank import SampleBank


@pytest.fixture
def runtime(small_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    with runtime_of(small_bank.copy(tmp_path / "bank").settings()) as opened:
        yield opened


def _today(runtime: Runtime) -> int:
    return runtime.calendar.day(runtime.clock.now_us())


def _files(runtime: Runtime, version: int) -> dict[str, bytes]:
    found = runtime.store.model(version)
    assert found is not None
    folder = runtime.settings.folder / "models" / found[0]
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_training_again_on_the_same_data_gives_the_same_bytes_and_no_new_version(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    before, files = runtime.worlds.last(), _files(runtime, 1)
    again = train(runtime, _today(runtime), silent)
    assert (again.version, again.is_new) == (1, False)
    assert (runtime.worlds.last(), runtime.store.versions().model, _files(runtime, 1)) == (before, 1, files)
    training_command.train(runtime.settings, "", older=False, as_json=False)
    assert "model m1 is in force: the same data, the same model, no new version" in capsys.readouterr().out


def test_the_trained_model_is_in_force_at_once(runtime: Runtime) -> None:
    training = train(runtime, _today(runtime) - 30, silent)
    world = runtime.worlds.last()
    assert world.versions.model == training.version == runtime.store.versions().model
    assert world.labels["model"] == f"m{training.version}"
    assert training.manifest["window"]


def test_what_happened_after_the_day_is_not_learnt(runtime: Runtime) -> None:
    day = _today(runtime) - 60
    with_them = train(runtime, day, silent)
    assert (with_them.version, with_them.is_new) == (2, True)
    midnight_us = runtime.calendar.midnight_us(day + 1)
    with runtime.store.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE occurred_us >= :midnight"), {"midnight": midnight_us})
    # Spells come from the folded state, which keeps those that the deleted events had opened.
    without = train(runtime, day, silent)
    assert (without.version, without.is_new) == (2, False)


def test_a_changed_byte_is_refused_by_its_name(runtime: Runtime) -> None:
    files = _files(runtime, 1)
    name = "popularity.recent.npy"
    with pytest.raises(ArtifactError, match=r"popularity\.recent"):
        loads({**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])})


def test_the_registered_checksum_is_that_of_the_manifest(runtime: Runtime) -> None:
    found = runtime.store.model(1)
    assert found is not None
    assert found[1] == hashlib.sha256(_files(runtime, 1)["manifest.json"]).hexdigest()


def test_a_torn_model_is_named_in_the_verdict_and_made_whole_by_the_same_training(
    small_bank: SampleBank, tmp_path: Path
) -> None:
    bank = small_bank.copy(tmp_path / "bank")
    with runtime_of(bank.settings()) as opened:
        found = opened.store.model(1)
    assert found is not None
    (bank.settings().folder / "models" / found[0] / "popularity.recent.npy").write_bytes(b"torn")
    with runtime_of(bank.settings()) as opened:
        training = train(opened, _today(opened), silent)
        assert opened.worlds.last().versions.model == training.version == 2
        assert _files(opened, 1) == _files(opened, 2)
    assert training.verdict.notes[0].startswith("model m1 cannot be read")


def test_a_failed_fit_promotes_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: Any) -> Any:
        raise ValueError("singular")

    monkeypatch.setattr(job, "fit", fail)
    with pytest.raises(ValueError, match="singular"):
        train(runtime, _today(runtime), silent)
    assert runtime.store.versions().model == 1
    assert runtime.worlds.last().versions.model == 1


def test_progress_is_told_from_the_first_to_the_last_step(runtime: Runtime) -> None:
    told: list[tuple[str, int, int]] = []
    train(runtime, _today(runtime), lambda *step: told.append(step))
    assert told[0][1:] == (0, 4)
    assert told[-1][1:] == (4, 4)


def test_a_refused_model_changes_nothing_and_the_command_says_why(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = Verdict(False, ("fixed: nDCG@10 of all customers is -0.1000",), ("migratable: left out",), {})
    monkeypatch.setattr(job, "judge", lambda trained, incumbent: refusal)
    before, files = runtime.worlds.last(), sorted((runtime.settings.folder / "models").iterdir())
    training = train(runtime, _today(runtime), silent)
    assert training.version is None
    assert runtime.worlds.last() is before
    assert runtime.store.versions().model == 1
    assert sorted((runtime.settings.folder / "models").iterdir()) == files
    for as_json in (False, True):
        with pytest.raises(Refused, match="the model in force stays: fixed: nDCG@10 of all customers is -0"):
            training_command.train(runtime.settings, "", older=False, as_json=as_json)
    told = capsys.readouterr().out
    assert "against it: fixed: nDCG@10" in told
    assert '"promoted": false' in told


def test_the_comparison_of_a_training_is_in_its_manifest(runtime: Runtime) -> None:
    ranker = train(runtime, _today(runtime), silent).manifest["metrics"]["ranker"]
    listing = ranker["blends"]["listing"]
    assert {"ranker", "popularity", "popularity 60 d", "personal frequency", "item-item"} <= set(listing["models"])
    assert list(listing["models"]["ranker"]["groups"]) == ["0", "1-2", "3-9", "10+"]
    assert ranker["customers"]["fit"] > 0


def test_customers_who_keep_their_holdings_leave_nothing_to_learn_from(runtime: Runtime) -> None:
    answer = {"scope": "holdings", "changed_us": 1, "granted": False, "text_version": "1", "recorded_us": 1}
    with runtime.store.begin() as connection:
        connection.execute(text("DELETE FROM consents WHERE scope = 'holdings'"))
        ids = [row[0] for row in connection.execute(text("SELECT customer_id FROM customer_rows"))]
        connection.execute(insert(tables.Consents), [{"customer_id": one, **answer} for one in ids])
    runtime.store.refresh(ids)
    with pytest.raises(Refused, match="may be learnt from"):
        train(runtime, _today(runtime), silent)

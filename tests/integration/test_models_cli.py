"""`huojia model list` and `promote`: an earlier artifact in force again, or nothing changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from service.bootstrap import store_of
from service.commands.training import say_unserved
from service.settings import Settings, load_settings
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
    assert "MAP: factors or popularity" in shown
    assert f"{first['map']['model']} {first['map']['map']:.4f}" in shown


@pytest.mark.parametrize(
    ("by_factors", "rankings", "told"),
    [(True, 9, {"model": "als", "map": 0.4}), (False, 9, {"model": "popularity", "map": 0.3}), (False, 0, None)],
)
def test_the_map_is_that_of_the_factors_only_where_they_were_kept_and_none_where_nobody_was_measured(
    run: Run, tmp_path: Path, told: object, *, by_factors: bool, rankings: int
) -> None:
    tried = [{"map": one, "rankings": rankings} for one in (0.2, 0.4)]
    manifest: dict[str, object] = {
        "format": 1,
        "arrays": {},
        "goals": [],
        "half_lives": {},
        "window": {"from_day": 1, "as_of": 9},
        "models": {"als": {} if by_factors else None},
        "metrics": {"als": tried, "popularity": {"map": 0.3, "rankings": rankings}},
    }
    content = json.dumps(manifest).encode()
    bank = load_settings({}, {"data_dir": str(tmp_path)})
    with store_of(bank) as store:
        store.promote_model("one", hashlib.sha256(content).hexdigest(), 0)
    folder = tmp_path / "models" / "one"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(content)
    assert run("model", "list", "--json", data_dir=str(tmp_path)).json[0]["map"] == told


@pytest.mark.parametrize(
    ("ranker", "als", "said"),
    [
        (None, None, "popularity orders these tiers"),
        ({"blends": ["listing"]}, {}, "its factors, and popularity where they fail, order these tiers"),
        ({"blends": ["fixed", "listing"]}, None, ""),
    ],
)
def test_a_model_that_ranks_no_tier_is_said_to_leave_them_to_popularity(
    capsys: pytest.CaptureFixture[str], ranker: object, als: object, said: str
) -> None:
    say_unserved({"models": {"ranker": ranker, "als": als}})
    out = capsys.readouterr().out
    assert said in out
    assert bool(out) is bool(said)


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
    ("version", "fault"),
    [
        ("m99", "m99: not in the store"),
        ("m" + "9" * 23, "9: not in the store"),
        ("newest", "a version is m1"),
        ("m0", "a version is m1"),
    ],
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

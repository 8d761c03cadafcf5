from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service import last_good as module
from service.errors import Refused
from service.last_good import LIMIT_S, LastGood
from service.store_calls import StoreSilent
from service.stores.protocols import PolicyRecord, StoreError, Versions
from service.telemetry import Telemetry

URL = "postgresql://huojia:secret@db:5432/bank"


class Bank:
    """What the last good world is read from: a store that answers six calls."""

    def __init__(
        self,
        generation: int = 3,
        catalogue: int = 2,
        *,
        model: int = 1,
        products: int = 2,
        stated: Versions | None = None,
    ) -> None:
        self._versions = Versions(generation, catalogue, model, 4, (7,))
        self._stated, self._products = stated or self._versions, products
        self.read: list[str] = []

    def versions(self) -> Versions:
        return self._stated

    @property
    def world(self) -> Versions:
        return self._versions

    def catalogue(self, version: int) -> tuple[int, list[Mapping[str, Any]], list[tuple[int, str, str]]]:
        self.read.append("catalogue")
        records = [
            {"product_id": f"P{number}", "sale": 0.1 + number, "name": "货架"} for number in range(self._products)
        ]
        return version, [*records, {"version": version}] if records else [], [(0, "fund.bond", "fund")]

    def tag_version(self, version: int) -> list[Mapping[str, Any]]:
        self.read.append("tags")
        return [{"tag": "young", "measured": {"truth": 1 / 3}}]

    def active_policy(self, generation: int | None = None) -> tuple[int, PolicyRecord]:
        assert generation is not None
        return generation, PolicyRecord("default", generation, b'{"a": "\xe8\xb4\xa7"}', "ab" * 32)

    def model(self, version: int) -> tuple[str, str] | None:
        return f"folder-{version}", "cd" * 32


def _kept(folder: Path, bank: Bank, url: str = URL) -> LastGood:
    one = LastGood(folder / "last_good", url, Telemetry())
    one.keep(bank, bank.world)  # type: ignore[arg-type]
    return one


def _started(folder: Path, url: str = URL) -> Versions | None:
    source = LastGood(folder / "last_good", url, Telemetry()).start()
    return None if source is None else source.versions


def _count(last_good: LastGood, outcome: str) -> float:
    return last_good._telemetry.registry.get_sample_value("huojia_last_good_total", {"outcome": outcome}) or 0.0


def test_what_is_kept_answers_as_the_store_did(tmp_path: Path) -> None:
    bank = Bank()
    _kept(tmp_path, bank)
    source = LastGood(tmp_path / "last_good", URL, Telemetry()).start()
    assert source is not None
    assert source.versions == bank.versions()
    assert source.catalogue(2) == bank.catalogue(2)
    assert source.tag_version(4) == bank.tag_version(4)
    assert source.active_policy(3) == bank.active_policy(3)
    assert (source.model(1), source.model(2)) == (bank.model(1), None)


def test_it_answers_for_no_other_version(tmp_path: Path) -> None:
    _kept(tmp_path, Bank())
    source = LastGood(tmp_path / "last_good", URL, Telemetry()).start()
    assert source is not None
    for call, version in ((source.catalogue, 1), (source.tag_version, 3), (source.active_policy, 2)):
        with pytest.raises(StoreSilent):
            call(version)
    with pytest.raises(StoreSilent):
        source.active_policy()


def test_it_is_in_force_and_ages_until_the_store_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(tmp_path, Bank())
    one, kept_s = LastGood(tmp_path / "last_good", URL, Telemetry()), time.time()
    assert (one.stale_s(), one.shown()) == (0.0, None)
    one.start()
    monkeypatch.setattr(module.time, "time", lambda: kept_s + 90)
    assert one.stale_s() == pytest.approx(90, abs=5)
    assert set(one.shown() or ()) == {"kept_at", "stale_s"}
    assert one._telemetry.registry.get_sample_value("huojia_last_good_in_force") == 1
    one.answered()
    assert (one.stale_s(), one.shown()) == (0.0, None)
    assert one._telemetry.registry.get_sample_value("huojia_last_good_in_force") == 0


def test_nothing_on_disk_is_nothing_in_force(tmp_path: Path) -> None:
    assert _started(tmp_path) is None


@pytest.mark.parametrize("older", [Bank(2), Bank(3, 1), Bank(model=0), Bank(2, 3)])
def test_an_older_world_never_replaces_a_newer_one(tmp_path: Path, older: Bank) -> None:
    """Of a process that was slow: the store itself states what the newer one was written from."""
    newer = Bank()
    _kept(tmp_path, newer)
    slow = Bank(*older.world[:2], model=older.world.model, stated=newer.versions())
    one = _kept(tmp_path, slow)
    assert _started(tmp_path) == newer.world
    assert one.is_due(slow.world)


def test_a_newer_catalogue_with_an_older_model_does_replace(tmp_path: Path) -> None:
    """Where a process cannot read the newest model what changed beside it must not be lost."""
    _kept(tmp_path, Bank(model=2))
    _kept(tmp_path, Bank(catalogue=3, model=1, stated=Versions(3, 3, 2, 4, ())))
    assert _started(tmp_path) == Versions(3, 3, 1, 4, ())


def test_what_a_store_that_was_restored_states_replaces_what_it_once_did(tmp_path: Path) -> None:
    _kept(tmp_path, Bank(9, 9))
    _kept(tmp_path, Bank())
    assert _started(tmp_path) == Bank().world


def test_an_empty_catalogue_replaces_nothing(tmp_path: Path) -> None:
    _kept(tmp_path, Bank())
    one = _kept(tmp_path, Bank(catalogue=5, products=0))
    assert _started(tmp_path) == Bank().world
    assert not one.is_due(Bank(catalogue=5).world)


def test_a_suspension_is_kept_though_the_world_is_the_same(tmp_path: Path) -> None:
    one, bank = _kept(tmp_path, Bank()), Bank(stated=Versions(3, 2, 1, 4, (7, 8)))
    assert not one.is_due(Bank().world)
    assert one.is_due(bank.versions())
    one.keep(bank, bank.versions())  # type: ignore[arg-type]
    assert _started(tmp_path) == Versions(3, 2, 1, 4, (7, 8))


def test_a_world_is_confirmed_after_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, later = _kept(tmp_path, Bank()), time.monotonic() + 61
    assert not one.is_due(Bank().world)
    monkeypatch.setattr(module.time, "monotonic", lambda: later)
    assert one.is_due(Bank().world)


def test_a_policy_is_written_without_reading_the_catalogue_again(tmp_path: Path) -> None:
    one, bank = _kept(tmp_path, Bank()), Bank(generation=4)
    one.keep(bank, bank.world)  # type: ignore[arg-type]
    assert bank.read == []
    assert _started(tmp_path) == bank.world


def test_files_of_worlds_before_the_last_are_removed(tmp_path: Path) -> None:
    one = _kept(tmp_path, Bank())
    for catalogue in range(3, 8):
        bank = Bank(catalogue=catalogue)
        one.keep(bank, bank.world)  # type: ignore[arg-type]
    # The lock, the manifest, one tag version, and two catalogues: somebody may be reading the one before.
    assert len(list((tmp_path / "last_good").iterdir())) == 5


def test_one_changed_byte_of_any_file_is_refused_and_then_replaced(tmp_path: Path) -> None:
    _kept(tmp_path, Bank())
    for path in [path for path in (tmp_path / "last_good").iterdir() if path.name != "lock"]:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(Refused, match="was altered: its checksum does not match"):
            _started(tmp_path)
        _kept(tmp_path, Bank())
        assert _started(tmp_path) == Bank().world


def test_a_world_of_another_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(tmp_path, Bank())
    monkeypatch.setattr(module, "revisions", lambda: ("0001", "9999"))
    with pytest.raises(Refused, match="of another release"):
        _started(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(module, "FORM", 2)
    with pytest.raises(Refused, match="of another release"):
        _started(tmp_path)


def test_a_world_of_another_database_counts_for_nothing(tmp_path: Path) -> None:
    _kept(tmp_path, Bank())
    assert _started(tmp_path, "postgresql://other:password@db:5432/bank?sslmode=require") == Bank().world
    assert _started(tmp_path, "postgresql://huojia:secret@db:5432/other") is None
    _kept(tmp_path, Bank(1, 1), "postgresql://huojia:secret@db:5432/other")
    assert _started(tmp_path, "postgresql://huojia:secret@db:5432/other") == Bank(1, 1).world


def test_a_password_is_not_written(tmp_path: Path) -> None:
    _kept(tmp_path, Bank())
    assert not any(b"secret" in path.read_bytes() for path in (tmp_path / "last_good").iterdir())


def test_a_world_of_more_than_a_week_ago_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(tmp_path, Bank())
    later = time.time() + LIMIT_S + 10
    monkeypatch.setattr(module.time, "time", lambda: later)
    with pytest.raises(Refused, match="more than seven days ago"):
        _started(tmp_path)


def test_a_full_disk_is_counted_and_told_and_takes_nothing_from_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*args: object, **given: object) -> None:
        raise OSError(28, "No space left on device")

    before = _kept(tmp_path, Bank())
    assert (_count(before, "kept"), _count(before, "failed")) == (1, 0)
    monkeypatch.setattr("service.whole_files.os.fsync", full)
    with caplog.at_level(logging.ERROR):
        one = _kept(tmp_path, Bank(4))
    assert _count(one, "failed") == 1
    assert "No space left on device" in caplog.text
    assert _started(tmp_path) == Bank().world


def test_what_the_store_raises_is_the_callers_to_handle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object) -> None:
        raise StoreError("gone")

    bank = Bank()
    monkeypatch.setattr(bank, "active_policy", gone)
    with pytest.raises(StoreError, match="gone"):
        _kept(tmp_path, bank)
    assert _started(tmp_path) is None


def test_while_another_process_writes_nothing_happens_and_it_stays_due(tmp_path: Path) -> None:
    one = _kept(tmp_path, Bank())
    with one._files.alone():
        two = _kept(tmp_path, Bank(4))
    assert two.is_due(Bank(4).world)
    assert _started(tmp_path) == Bank().world

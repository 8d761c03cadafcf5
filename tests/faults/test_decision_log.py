"""The decision log under kill −9, a failing store and a torn write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.pipeline.record import DecisionLog
from service.stores.protocols import CustomerRow, DecisionRecord
from service.telemetry import Telemetry

CHILD = """
import sys
from pathlib import Path
from tests.faults.test_decision_log import Store, record
from service.pipeline.record import DecisionLog
from service.telemetry import Telemetry
store = Store()
store.failing = True
log = DecisionLog(Path(sys.argv[1]), store, Telemetry(), every_s=0.01)
for number in range(10**9):
    log.record(record(number))
    print(number, flush=True)
"""


class Store:
    """Keeps what it is given, unless it fails."""

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []
        self.failing = False

    def log(self, records: Sequence[DecisionRecord]) -> None:
        """Take records or raise."""
        if self.failing:
            raise OSError("the store hangs")
        self.records += records

    def decision(self, decision_id: str) -> DecisionRecord | None:
        """Not asked for here."""
        raise NotImplementedError(decision_id)

    decisions = decision  # type: ignore[assignment]


def record(number: int, row: CustomerRow | None = None) -> DecisionRecord:
    """A decision by number."""
    return DecisionRecord(f"d{number}", "C1", number, None if row is None else row.version, b"{}", row)


def _killed(folder: Path, after: int) -> int:
    """Run a process that logs against a failing store, kill it, and say what it last acknowledged."""
    command = [sys.executable, "-c", CHILD, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = -1
        while acknowledged < after:
            acknowledged = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        rest = [int(line) for line in child.stdout.read().split("\n") if line.isdecimal()]
    # The last line may have been cut by the kill: a number that is not the next one is not an acknowledgement.
    for number in rest:
        acknowledged = number if number == acknowledged + 1 else acknowledged
    return acknowledged


def _adopted(folder: Path) -> list[int]:
    store = Store()
    DecisionLog(folder, store, Telemetry(), every_s=60).close()
    return [one.decided_us for one in store.records]


def test_a_killed_process_loses_no_decision(tmp_path: Path) -> None:
    acknowledged = _killed(tmp_path, 300)
    found = _adopted(tmp_path)
    assert found[: acknowledged + 1] == list(range(acknowledged + 1))
    assert len(found) == len(set(found))
    assert list(tmp_path.rglob("*.spool")) == []


def test_a_torn_last_write_is_left_out_and_the_rest_kept(tmp_path: Path) -> None:
    _killed(tmp_path, 50)
    spool = max((path for path in tmp_path.rglob("*.spool") if path.stat().st_size), key=lambda path: path.name)
    spool.write_bytes(spool.read_bytes()[:-2])
    found = _adopted(tmp_path)
    assert found == list(range(len(found)))
    assert len(found) >= 50


def test_decisions_wait_in_the_spool_while_the_store_fails(tmp_path: Path) -> None:
    store = Store()
    store.failing = True
    log = DecisionLog(tmp_path, store, Telemetry(), every_s=0.01)
    log.record(record(1))
    time.sleep(0.1)
    with pytest.raises(OSError, match="hangs"):
        log.flush()
    log.record(record(2))
    store.failing = False
    log.close()
    assert [one.decision_id for one in store.records] == ["d1", "d2"]


def test_a_living_process_keeps_its_spool(tmp_path: Path) -> None:
    first, second = Store(), Store()
    living = DecisionLog(tmp_path, first, Telemetry(), every_s=60)
    living.record(record(1))
    DecisionLog(tmp_path, second, Telemetry(), every_s=60).close()
    living.close()
    assert (len(first.records), len(second.records)) == (1, 0)


def test_the_bytes_of_a_row_are_spooled_once_per_version(tmp_path: Path) -> None:
    store = Store()
    log = DecisionLog(tmp_path, store, Telemetry(), every_s=60)
    first, second = CustomerRow(1, True, b"g", b"s", None), CustomerRow(2, True, b"g", b"t", None)
    for number, row in enumerate((first, first, second)):
        log.record(record(number, row))
    log.close()
    assert [one.row is None for one in store.records] == [False, True, False]


def test_a_row_read_without_its_state_does_not_stand_for_one_read_with_it(tmp_path: Path) -> None:
    store = Store()
    log = DecisionLog(tmp_path, store, Telemetry(), every_s=60)
    log.record(record(1, CustomerRow(1, True, b"g", None, None)))
    log.record(record(2, CustomerRow(1, True, b"g", b"s", None)))
    log.close()
    assert [one.row is None for one in store.records] == [False, False]


def test_a_row_whose_record_was_dropped_comes_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    log = DecisionLog(tmp_path, store, Telemetry(), every_s=60)
    row = CustomerRow(1, True, b"g", b"s", None)
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", lambda descriptor, data: 3)
        log.record(record(1, row))
    log.record(record(2, row))
    log.close()
    assert [(one.decision_id, one.row) for one in store.records] == [("d2", row)]


def test_a_file_that_is_no_spool_is_set_aside_and_blocks_nothing(tmp_path: Path) -> None:
    store = Store()
    log = DecisionLog(tmp_path, store, Telemetry(), every_s=60)
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    (folder / "0-broken.spool").write_bytes(b"\x00\x00\x00\x02\xc1\xc1")
    log.record(record(1))
    log.flush()
    assert [one.decision_id for one in store.records] == ["d1"]
    assert list(folder.glob("*.unreadable"))
    log.close()


class Away(Store):
    """A store that is down."""

    def log(self, records: Sequence[DecisionRecord]) -> None:
        raise OSError("the server has gone")


def test_what_cannot_be_drained_at_the_end_is_drained_by_the_next_start(tmp_path: Path) -> None:
    telemetry, back = Telemetry(), Store()
    log = DecisionLog(tmp_path, Away(), telemetry, every_s=0.01)
    log.record(record(1))
    assert (telemetry.registry.get_sample_value("huojia_decision_spool_bytes") or 0) > 0
    log.close()
    DecisionLog(tmp_path, back, Telemetry(), every_s=60).close()
    assert [one.decision_id for one in back.records] == ["d1"]


def test_beyond_its_bound_an_outage_costs_decisions_that_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.pipeline.record._PENDING_MAX", 100)
    telemetry = Telemetry()
    log = DecisionLog(tmp_path, Away(), telemetry, every_s=60)
    for number in range(20):
        log.record(record(number))
    dropped = telemetry.registry.get_sample_value("huojia_decisions_dropped_total") or 0
    assert 0 < dropped < 20
    log._store = back = Store()
    log.close()
    assert len(back.records) == 20 - dropped

"""The decision log: one write to a local spool before the response ends, drained to the store in groups."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path

import msgspec

from service.errors import Refused
from service.stores._errors import STORE_ERRORS
from service.stores.protocols import CustomerRow, DecisionRecord, DecisionStore
from service.telemetry import Telemetry

log = logging.getLogger(__name__)

_GROUP = 100  # a transaction holds up every other writer of an SQLite file
_PENDING_MAX = 256 << 20  # bytes of spool not yet in the store; beyond it decisions are dropped and counted
_KNOWN_ROWS = 200_000
_LOCK = "lock"
_CLOSE_S = 10.0


_RowKey = tuple[str, int, bool]
"""Customer, row version, and whether the state was read with it."""


class _Frame(msgspec.Struct, array_like=True):
    decision_id: str
    customer_id: str
    decided_us: int
    row_version: int | None
    document: bytes
    row: tuple[int, bool, bytes, bytes | None, bytes | None] | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Frame).decode


class DecisionLog:
    """Spools decisions and drains them on a thread of its own.

    Every process writes into a folder of its own and holds a lock in it; a folder whose lock is free belonged to a
    process that died, and whoever starts next drains it.
    """

    def __init__(self, folder: Path, store: DecisionStore, telemetry: Telemetry, every_s: float = 0.5) -> None:
        self._store, self._telemetry, self._every_s = store, telemetry, every_s
        self._folder = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._draining, self._swap, self._stop = threading.Lock(), threading.Lock(), threading.Event()
        self._known: OrderedDict[_RowKey, None] = OrderedDict()
        self._pending, self._backlog, self._number = 0, 0, 0
        telemetry.spooled.set_function(lambda: self._pending + self._backlog)
        folder.mkdir(parents=True, exist_ok=True)
        # One process at a time moves in, so that none takes a folder that has no lock yet.
        with (folder / _LOCK).open("w") as entrance:
            fcntl.flock(entrance, fcntl.LOCK_EX)
            self._folder.mkdir()
            self._lock = _locked(self._folder)
            self._open_next()
            self._adopt(folder)
        self._thread = threading.Thread(target=self._run, name="decision-drain", daemon=True)
        self._thread.start()

    def record(self, record: DecisionRecord) -> None:
        """Spool one decision with a single write; raises nothing."""
        row, key = record.row, _row_key(record)
        if key is not None and key in self._known:
            row = None
        fields = (record.decision_id, record.customer_id, record.decided_us, record.row_version, record.document)
        frame = _encode(_Frame(*fields, None if row is None else tuple(row)))  # type: ignore[arg-type]
        if self._pending + self._backlog > _PENDING_MAX:
            self._telemetry.dropped.inc()
            return
        try:
            with self._swap:
                self._write(len(frame).to_bytes(4, "big") + frame)
                self._remember(key)
        except OSError:
            self._telemetry.dropped.inc()
            log.exception("the decision spool cannot be written")

    def flush(self) -> None:
        """Drain everything spooled so far; raises what the store raises, and then nothing is lost."""
        with self._draining:
            with self._swap:
                if self._pending:
                    os.close(self._descriptor)
                    self._backlog += self._pending
                    self._pending = 0
                    self._open_next()
            for path in sorted(self._folder.glob("*.spool"))[:-1]:
                self._drain(path)
            self._backlog = 0

    def settle(self, limit_s: float = 5.0) -> None:
        """Wait until what any process over this folder has spooled so far is in the store; raises Refused past limit_s.

        Spools of dead processes were adopted at the start; living ones drain their own every half second.
        """
        self.flush()
        waiting = [path for path in self._folder.parent.glob("*/*.spool") if _size(path)]
        until = time.monotonic() + limit_s
        while any(_size(path) for path in waiting):
            if time.monotonic() > until:
                raise Refused("the decision log of a running service is behind; see its log, and try again")
            time.sleep(0.02)

    def close(self) -> None:
        """Stop the thread and drain; what cannot be drained stays for the next start."""
        self._stop.set()
        self._thread.join(_CLOSE_S)
        try:
            if not self._thread.is_alive():  # else it hangs in the store and holds what is to be drained
                self.flush()
                shutil.rmtree(self._folder)
        except STORE_ERRORS as error:
            log.warning("decisions stay in the spool for the next start", extra={"cause": type(error).__name__})
        finally:
            os.close(self._descriptor)
            if self._lock is not None:
                os.close(self._lock)

    def _open_next(self) -> None:
        self._number += 1
        path = self._folder / f"{self._number:012d}.spool"
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def _adopt(self, parent: Path) -> None:
        """Move the spools of dead processes in front of our own."""
        for folder in sorted(path for path in parent.iterdir() if path.is_dir()):
            lock = None if folder == self._folder else _locked(folder)
            if lock is None:
                continue
            for path in sorted(folder.glob("*.spool")):
                path.rename(self._folder / f"0-{folder.name}-{path.name}")
            shutil.rmtree(folder)
            os.close(lock)

    def _write(self, frame: bytes) -> None:
        """The whole frame or nothing: a full disk must not leave half a record for others to stand behind."""
        start = os.lseek(self._descriptor, 0, os.SEEK_END)
        if os.write(self._descriptor, frame) < len(frame):
            os.ftruncate(self._descriptor, start)
            raise OSError("the disk took a part of the record only")
        self._pending += len(frame)

    def _remember(self, key: _RowKey | None) -> None:
        if key is None:
            return
        self._known[key] = None
        if len(self._known) > _KNOWN_ROWS:
            self._known.popitem(last=False)

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.flush()
            except Exception as error:  # noqa: BLE001 - the log must outlive any failure of the store
                log.warning("decisions stay in the spool", extra={"cause": f"{type(error).__name__}: {error}"})

    def _drain(self, path: Path) -> None:
        try:
            records = _read(path.read_bytes())
        except msgspec.MsgspecError:
            self._telemetry.dropped.inc()
            log.exception("a spool file cannot be read and is set aside")
            path.rename(path.with_suffix(".unreadable"))
            return
        for start in range(0, len(records), _GROUP):
            self._store.log(records[start : start + _GROUP])
        path.unlink()


def _row_key(record: DecisionRecord) -> _RowKey | None:
    row = record.row
    return None if row is None else (record.customer_id, row.version, row.state is not None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _locked(folder: Path) -> int | None:
    """The descriptor of a folder's lock, None where a living process holds it."""
    descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _read(raw: bytes) -> list[DecisionRecord]:
    records, place = [], 0
    while place + 4 <= len(raw):
        end = place + 4 + int.from_bytes(raw[place : place + 4], "big")
        if end > len(raw):
            break  # a kill in the middle of a write: the response of this decision was never finished
        frame = _decode(raw[place + 4 : end])
        row = None if frame.row is None else CustomerRow(*frame.row)
        fields = (frame.decision_id, frame.customer_id, frame.decided_us, frame.row_version, frame.document)
        records.append(DecisionRecord(*fields, row))
        place = end
    return records

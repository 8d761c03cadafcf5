"""The decision log: one write to a local spool before the response ends, drained to the store in groups."""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from pathlib import Path

import msgspec

from service.stores.protocols import CustomerRow, DecisionRecord, DecisionStore
from service.telemetry import Telemetry

log = logging.getLogger(__name__)

_GROUP = 500
_PENDING_MAX = 256 << 20  # bytes of spool not yet in the store; beyond it decisions are dropped and counted
_KNOWN_ROWS = 200_000


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
    """Spools decisions and drains them on a thread of its own; what a kill leaves in the spool is drained at start."""

    def __init__(self, folder: Path, store: DecisionStore, telemetry: Telemetry, every_s: float = 0.5) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._store, self._telemetry, self._every_s = folder, store, telemetry, every_s
        self._draining = threading.Lock()
        self._swap = threading.Lock()
        self._stop = threading.Event()
        self._known: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._pending = 0
        self._number = max((int(path.stem) for path in folder.glob("*.spool")), default=0)
        self._open_next()
        self._thread = threading.Thread(target=self._run, name="decision-drain", daemon=True)
        self._thread.start()

    def record(self, record: DecisionRecord) -> None:
        """Spool one decision with a single write; raises nothing."""
        row = record.row
        if row is not None and self._remember(record.customer_id, row.version):
            row = None
        frame = _encode(
            _Frame(
                record.decision_id,
                record.customer_id,
                record.decided_us,
                record.row_version,
                record.document,
                None if row is None else tuple(row),  # type: ignore[arg-type]
            )
        )
        if self._pending > _PENDING_MAX:
            self._telemetry.dropped.inc()
            return
        try:
            with self._swap:
                os.write(self._descriptor, len(frame).to_bytes(4, "big") + frame)
                self._pending += len(frame)
        except OSError:
            self._telemetry.dropped.inc()
            log.exception("the decision spool cannot be written")

    def flush(self) -> None:
        """Drain everything spooled so far; raises what the store raises."""
        with self._draining:
            with self._swap:
                full, last = self._descriptor, self._number
                self._open_next()
                self._pending = 0
            os.close(full)
            for path in sorted(self._folder.glob("*.spool")):
                if int(path.stem) <= last:
                    self._drain(path)

    def close(self) -> None:
        """Stop the thread and drain."""
        self._stop.set()
        self._thread.join()
        self.flush()
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)

    def _open_next(self) -> None:
        self._number += 1
        self._path = self._folder / f"{self._number:012d}.spool"
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def _remember(self, customer_id: str, version: int) -> bool:
        key = (customer_id, version)
        if key in self._known:
            return True
        self._known[key] = None
        if len(self._known) > _KNOWN_ROWS:
            self._known.popitem(last=False)
        return False

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.flush()
            except Exception:
                log.exception("decisions stay in the spool")

    def _drain(self, path: Path) -> None:
        records = _read(path.read_bytes())
        for start in range(0, len(records), _GROUP):
            self._store.log(records[start : start + _GROUP])
        path.unlink()


def _read(raw: bytes) -> list[DecisionRecord]:
    records, place = [], 0
    while place + 4 <= len(raw):
        end = place + 4 + int.from_bytes(raw[place : place + 4], "big")
        if end > len(raw):
            break  # a kill in the middle of a write: the response of this decision was never finished
        frame = _decode(raw[place + 4 : end])
        row = None if frame.row is None else CustomerRow(*frame.row)
        records.append(
            DecisionRecord(
                frame.decision_id, frame.customer_id, frame.decided_us, frame.row_version, frame.document, row
            )
        )
        place = end
    return records

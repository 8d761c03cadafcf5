"""Files that are whole or not there: written aside and renamed, each with the SHA-256 of what it holds."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import Refused

_LOCK = "lock"
_PART = ".part"


class WholeFiles:
    """A folder that several processes share: one writes at a time, whoever reads never waits.

    Files are named by what they hold, or by a name, and then begin with the sum of what follows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process writes meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def has(self, sha256: str) -> bool:
        """Whether that content is there; it is looked at once."""
        if sha256 not in self._seen:
            try:
                self.get(sha256)
            except Refused:
                return False
        return self._path(sha256).exists()

    def get(self, sha256: str) -> bytes:
        """The content of that sum; raises Refused where it is not there, or another one is."""
        content = _read(self._path(sha256))
        if content is None:
            raise Refused(f"{self._path(sha256)} is missing")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _altered(self._path(sha256))
        self._seen.add(sha256)
        return content

    def put(self, content: bytes) -> str:
        """Write content under its sum, which is returned."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(sha256):
            self._write(self._path(sha256), content)
            self._seen.add(sha256)
        return sha256

    def named(self, name: str) -> bytes | None:
        """The content of that name, None where there is none; raises Refused where it was altered."""
        path = self._folder / name
        content = _read(path)
        if content is None:
            return None
        stated, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != stated:
            raise _altered(path)
        return body

    def name(self, name: str, content: bytes, *, beside: Collection[str]) -> None:
        """Replace the content of that name; besides it the sums given stay, and nothing else does."""
        self._write(self._folder / name, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        keeps = {name, _LOCK, *(self._path(sha256).name for sha256 in beside)}
        for path in self._folder.iterdir():
            if path.name not in keeps:
                path.unlink()

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.json"

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_suffix(_PART)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _altered(path: Path) -> Refused:
    return Refused(f"{path} was altered: its checksum does not match")

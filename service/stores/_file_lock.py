"""A lock on a file: the kernel takes it from a process that ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_LONGEST = 200


class FileLock:
    """Held by one process at a time; the file says by which, and stays when nobody does."""

    def __init__(self, path: Path, who: str) -> None:
        self._path, self._who = path, who
        self._file: int | None = None

    def take(self) -> bool:
        """Whether this holds it now; one whose file was taken away is lost, because others lock the next one."""
        if self._file is not None:
            if self._is_there(self._file):
                return True
            self.close()
        file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        if not (_locked(file) and self._is_there(file)):
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.pwrite(file, self._who.encode()[:_LONGEST], 0)
        self._file = file
        return True

    def holder(self) -> str | None:
        """Who holds it, as they have called themselves."""
        try:
            file = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            # Shared: two that only look are not in each other's way.
            return None if _locked(file, fcntl.LOCK_SH) else os.pread(file, _LONGEST, 0).decode(errors="replace")
        finally:
            os.close(file)

    def close(self) -> None:
        """Give it up."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _is_there(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False


def _locked(file: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

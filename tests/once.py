"""What the workers of a test run share: folders that are dear to make, and the silence that a measurement needs."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


def shared_folder(folders: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same one for all its workers."""
    base = folders.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(folders: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """The folder that `build` filled for the worker that asked first; not to be written to."""
    shared = shared_folder(folders)
    folder, made = shared / name, shared / f"{name}.made"
    with _locked(shared / f"{name}.lock", fcntl.LOCK_EX):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            made.touch()
    return folder


class Doors:
    """Every test passes the outer door into the same room; one that must be alone keeps that door shut."""

    def __init__(self, folder: Path) -> None:
        self._outer, self._room = folder / "outer.lock", folder / "room.lock"

    @contextmanager
    def passed(self, *, alone: bool) -> Iterator[None]:
        """Be in the room, `alone` after all others have left it."""
        with ExitStack() as room:
            with _locked(self._outer, fcntl.LOCK_EX):
                room.enter_context(_locked(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
            yield


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, how)
        yield

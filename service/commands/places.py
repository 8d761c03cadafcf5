"""Where a command is told to write, checked before it works."""

from __future__ import annotations

import os
from pathlib import Path

from service.errors import Refused


def check_file(option: str, path: Path | None) -> None:
    """Raises Refused naming the option unless a file can be written there; nothing is written yet."""
    if path is None:
        return
    if path.is_dir():
        raise Refused(f"{option} {path}: is a folder")
    if not path.absolute().parent.is_dir():
        raise Refused(f"{option} {path}: no such folder")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise Refused(f"{option} {path}: may not be written")


def ready_folder(option: str, path: Path | None) -> None:
    """Makes the folder where it is missing; raises Refused naming the option where files cannot be written there."""
    if path is None:
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{option} {path}: {error.strerror or error}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise Refused(f"{option} {path}: may not be written")

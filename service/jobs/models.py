"""Trained artifacts on disk, one folder a version; a corrupt one is refused and nothing else changes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from recommender.artifact import Artifact, ArtifactError, dumps, loads
from service.errors import Refused


class ModelShelf:
    """The folder of model versions; files are written whole and renamed into place."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def path(self, version: int) -> Path:
        """Where a version is."""
        return self._folder / f"m{version}"

    def save(self, artifact: Artifact, version: int) -> Path:
        """Write an artifact as a version that does not exist yet."""
        target, part = self.path(version), self._folder / f".m{version}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, content in dumps(artifact).items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(target, ignore_errors=True)  # left by a run that died before the version was registered
        part.rename(target)
        return target

    def load(self, version: int) -> Artifact | None:
        """A version's artifact, None for version 0; raises Refused naming what is wrong with it."""
        if version == 0:
            return None
        folder = self.path(version)
        if not folder.is_dir():
            raise Refused(f"model m{version}: {folder} is missing")
        files = {
            str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
        }
        try:
            return loads(files)
        except ArtifactError as error:
            raise Refused(f"model m{version}: {error}") from error

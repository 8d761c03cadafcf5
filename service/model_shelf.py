"""Trained artifacts on disk, one folder for each content; a corrupt one is refused and nothing else changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommender.artifact import MANIFEST, Artifact, ArtifactError, dumps, loads, manifest_of
from service.errors import Refused
from service.stores.protocols import LearntStore

VERDICT = frozenset({"promote", "against", "notes", "compared"})
"""What a verdict says (recommender/promotion.py); here by name, because serving imports nothing of training."""


class ModelShelf:
    """The folder of artifacts, named by the SHA-256 of their manifest; written whole, then renamed into place."""

    def __init__(self, folder: Path, store: LearntStore) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._store = folder, store

    def is_version(self, artifact: Artifact, version: int) -> bool:
        """Whether a version is this very artifact, whole on disk."""
        files = dumps(artifact)
        target, sha256 = self._place(files)
        return self._store.model(version) == (target.name, sha256) and _content(target) == files

    def promote(self, artifact: Artifact, now_us: int) -> int:
        """Write an artifact and put it in force; its version."""
        files = dumps(artifact)
        target, sha256 = self._place(files)
        if _content(target) != files:  # not there yet, or torn
            self._write(files, target)
        return self._store.promote_model(target.name, sha256, now_us)

    def promote_again(self, version: int, now_us: int) -> int:
        """Put an earlier version in force as a new one; raises Refused, as `load`, before anything has changed."""
        found = self._store.model(version)
        if found is None or self.load(version) is None:
            raise Refused(f"model m{version}: not in the store")
        return self._store.promote_model(*found, now_us)

    def manifest(self, version: int) -> Mapping[str, Any]:
        """What a version's artifact says of itself, the arrays not looked at; raises Refused as `load`."""
        folder, sha256 = self._promoted(version)
        try:
            files = {MANIFEST: (folder / MANIFEST).read_bytes()}
        except OSError as error:
            raise Refused(f"model m{version}: its manifest cannot be read: {error.strerror}") from error
        try:
            return manifest_of(_unaltered(files, sha256, version))
        except ArtifactError as error:
            raise Refused(f"model m{version}: {error}") from error

    def keep_verdict(self, version: int, verdict: Mapping[str, Any]) -> None:
        """Write what a version was promoted on beside the artifacts: it depends on the model before it."""
        target = self._verdict(version)
        part = target.with_suffix(".part")
        part.write_text(json.dumps({**verdict, "sha256": self._sha256(version)}, sort_keys=True), encoding="utf-8")
        part.replace(target)

    def verdict(self, version: int) -> Mapping[str, Any] | None:
        """What a version was promoted on; None where nothing sound is written, or it is of another store's artifact."""
        try:
            read = json.loads(self._verdict(version).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(read, dict) or read.pop("sha256", None) != self._sha256(version):
            return None
        return read if read.keys() == VERDICT else None

    def _sha256(self, version: int) -> str:
        """That of a version's manifest; nothing where the store does not have it."""
        found = self._store.model(version)
        return "" if found is None else found[1]

    def _verdict(self, version: int) -> Path:
        return self._folder / f"m{version}.verdict.json"

    def load(self, version: int) -> Artifact | None:
        """A version's artifact, None for version 0; raises Refused naming what is wrong with it."""
        if version == 0:
            return None
        folder, sha256 = self._promoted(version)
        try:
            return loads(_unaltered(_content(folder), sha256, version))
        except ArtifactError as error:
            raise Refused(f"model m{version}: {error}") from error

    def _promoted(self, version: int) -> tuple[Path, str]:
        """The folder of a version and the SHA-256 that its manifest had; raises Refused."""
        found = self._store.model(version)
        if found is None:
            raise Refused(f"model m{version}: not in the store")
        folder = self._folder / found[0]
        if not folder.is_dir():
            raise Refused(f"model m{version}: the folder {folder} is missing")
        return folder, found[1]

    def _place(self, files: Mapping[str, bytes]) -> tuple[Path, str]:
        """The folder of an artifact and the SHA-256 of its manifest."""
        sha256 = hashlib.sha256(files[MANIFEST]).hexdigest()
        return self._folder / sha256[:16], sha256

    def _write(self, files: dict[str, bytes], target: Path) -> None:
        part = target.with_name(f".{target.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for name, content in files.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)


def _unaltered(files: dict[str, bytes], sha256: str, version: int) -> dict[str, bytes]:
    """The files; raises Refused where their manifest is another one than the store keeps the sum of."""
    if hashlib.sha256(files.get(MANIFEST, b"")).hexdigest() != sha256:
        raise Refused(f"model m{version}: its manifest is not the one that was promoted")
    return files


def _content(folder: Path) -> dict[str, bytes]:
    """File name -> content; nothing of a folder that is not there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

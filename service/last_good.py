"""The last good world on disk: what it was built from, so that a process can start while the store does not answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson
from sqlalchemy import make_url

from service.clock import iso
from service.errors import Refused
from service.experiments.spec import NONE, InForce
from service.store_calls import StoreSilent
from service.stores._revisions import revisions
from service.stores.protocols import PolicyRecord, Store, StoreError, Versions
from service.telemetry import Telemetry
from service.whole_files import WholeFiles

log = logging.getLogger(__name__)

FORM = 1
"""Raised with every change of what is written below; beside it the tables' revision says how records look."""
CONFIRM_S = 60.0
LIMIT_S = 7 * 86_400
ANSWERS = ("active_policy", "experiments_in_force", "catalogue", "tag_version", "model")
"""The calls of a store that `Source` answers."""
_MANIFEST = "world.json"


class _Head(msgspec.Struct):
    form: int
    revision: str


class _Manifest(_Head):
    database: str
    kept_us: int
    versions: Versions
    policy: PolicyRecord
    model: tuple[str, str] | None
    catalogue: str  # SHA-256 of a file
    tags: str  # the same


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What a world of `versions` is built from; answers as the store that it was read from does."""

    versions: Versions
    kept_us: int
    policy: PolicyRecord
    stored_model: tuple[str, str] | None
    products: list[Mapping[str, Any]]
    categories: list[tuple[int, str, str]]
    tags: list[Mapping[str, Any]]

    def active_policy(self, generation: int | None = None) -> tuple[int, PolicyRecord]:
        """The policy in force in the generation of this world."""
        return _same(generation, self.versions.generation), self.policy

    def experiments_in_force(self, generation: int | None = None) -> InForce:
        """No experiments: without the store no shelf is anybody's own; they run again once it answers."""
        return NONE

    def catalogue(self, version: int | None = None) -> tuple[int, list[Mapping[str, Any]], list[tuple[int, str, str]]]:
        """Products and categories of the catalogue of this world."""
        return _same(version, self.versions.catalogue), self.products, self.categories

    def tag_version(self, version: int) -> list[Mapping[str, Any]]:
        """The tag version of this world."""
        _same(version, self.versions.tags)
        return self.tags

    def model(self, version: int) -> tuple[str, str] | None:
        """Path and SHA-256 of the model of this world; None for every other, which is as good as not there."""
        return self.stored_model if version == self.versions.model else None


class LastGood:
    """The last good world in a folder that the worker processes share; it belongs to the database of `url`.

    `in_force` is what a process has started with, until the store has answered.
    """

    def __init__(self, folder: Path, url: str, telemetry: Telemetry) -> None:
        self._files, self._database, self._telemetry = WholeFiles(folder), _database(url), telemetry
        self._folder = folder
        self._kept: tuple[Versions, float] | None = None
        self.in_force: Source | None = None

    def start(self) -> Source | None:
        """Put what is on disk in force, None where there is nothing; raises Refused naming what is wrong with it."""
        source = self._found()
        if source is not None:
            if time.time() - source.kept_us / 1e6 > LIMIT_S:
                raise Refused(f"{self._folder}: of {iso(source.kept_us)}, which is more than seven days ago")
            self.in_force = source
            self._telemetry.from_disk.set(1)
            said = {"kept_at": iso(source.kept_us), "versions": source.versions._asdict()}
            log.warning("the store does not answer: the last good world on disk is in force", extra=said)
        return source

    def stale_s(self) -> float:
        """The age of what is in force from disk, seconds; 0 where the store has answered."""
        return 0.0 if self.in_force is None else max(0.0, time.time() - self.in_force.kept_us / 1e6)

    def shown(self) -> dict[str, object] | None:
        """What /readyz says of it: None while nothing from disk is in force."""
        found = self.in_force
        return None if found is None else {"kept_at": iso(found.kept_us), "stale_s": round(self.stale_s(), 1)}

    def answered(self) -> None:
        """The store has answered: what it says is in force."""
        if self.in_force is not None:
            self.in_force = None
            self._telemetry.from_disk.set(0)
            log.warning("the store answers: nothing from disk is in force any more")

    def is_due(self, versions: Versions) -> bool:
        """Whether a world of these versions is still to be written, or the one on disk to be confirmed."""
        return self._kept is None or self._kept[0] != versions or time.monotonic() > self._kept[1] + CONFIRM_S

    def keep(self, store: Store, versions: Versions) -> None:
        """Write what a world of these versions is built from, for a thread; raises what the store raises.

        A full disk is logged and counted: it takes nothing from the service. While another process writes, and where
        what is there is newer, nothing happens.
        """
        try:
            with self._files.alone() as is_alone:
                if is_alone and self._write(store, versions):
                    self._kept = versions, time.monotonic()
        except StoreError:
            raise
        except OSError as error:
            self._kept = versions, time.monotonic()
            self._telemetry.kept.labels("failed").inc()
            log.error("the last good world cannot be written: %s", error)  # noqa: TRY400 - the reason says it

    def _write(self, store: Store, versions: Versions) -> bool:
        before, stated = self._before(), store.versions()
        if before is not None and _is_older(versions, before.versions) and not has_gone_back(stated, before.versions):
            return False
        known = (0, "", 0, "")
        if before is not None:
            known = (before.versions.catalogue, before.catalogue, before.versions.tags, before.tags)
        catalogue = self._content(known[:2], versions.catalogue, lambda: _catalogue(store, versions.catalogue))
        if not catalogue:
            return True  # nothing is worth nothing, and what is there may be worth something
        tags = self._content(known[2:], versions.tags, lambda: orjson.dumps(store.tag_version(versions.tags)))
        manifest = _Manifest(
            form=FORM,
            revision=revisions()[-1],
            database=self._database,
            kept_us=time.time_ns() // 1000,
            versions=versions._replace(suspended=stated.suspended),
            policy=store.active_policy(versions.generation)[1],
            model=store.model(versions.model) if versions.model else None,
            catalogue=catalogue,
            tags=tags,
        )
        # Who reads just now what was there before is to find it.
        self._files.name(_MANIFEST, msgspec.json.encode(manifest), beside={catalogue, tags, known[1], known[3]})
        self._telemetry.kept.labels("kept").inc()
        return True

    def _content(self, known: tuple[int, str], version: int, read: Callable[[], bytes]) -> str:
        """The sum of the file of a version, read where it is another than the one known; nothing of nothing."""
        if known[0] == version and self._files.has(known[1]):
            return known[1]
        content = read()
        return self._files.put(content) if content else ""

    def _before(self) -> _Manifest | None:
        """What is on disk; None where it is of no use, to be replaced."""
        try:
            return self._manifest()
        except Refused as error:
            log.warning("what was there of the last good world is replaced: %s", error)
            return None

    def _manifest(self) -> _Manifest | None:
        content = self._files.named(_MANIFEST)
        if content is None:
            return None
        head = msgspec.json.decode(content, type=_Head)
        if (head.form, head.revision) != (FORM, revisions()[-1]):
            raise Refused(f"{self._folder}: of another release (tables of revision {head.revision}, form {head.form})")
        manifest = msgspec.json.decode(content, type=_Manifest)
        return manifest if manifest.database == self._database else None

    def _found(self) -> Source | None:
        manifest = self._manifest()
        if manifest is None:
            return None
        stated = orjson.loads(self._files.get(manifest.catalogue))
        return Source(
            versions=manifest.versions,
            kept_us=manifest.kept_us,
            policy=manifest.policy,
            stored_model=manifest.model,
            products=stated["products"],
            categories=[(number, code, zone) for number, code, zone in stated["categories"]],
            tags=orjson.loads(self._files.get(manifest.tags)),
        )


def _catalogue(store: Store, version: int) -> bytes:
    """A catalogue version as it is written; nothing of one without products."""
    _, products, categories = store.catalogue(version)
    return orjson.dumps({"products": products, "categories": categories}) if products else b""


def has_gone_back(stated: Versions, than: Versions) -> bool:
    """Whether a store states less than it once did: it was restored from a backup, or is another one."""
    return any(one < other for one, other in zip(stated[:4], than[:4], strict=True))


def _is_older(versions: Versions, than: Versions) -> bool:
    """Whether anything has fallen; the model alone may, with something newer: not every process can read each."""
    one, other = (versions.generation, versions.catalogue, versions.tags), (than.generation, than.catalogue, than.tags)
    return any(new < old for new, old in zip(one, other, strict=True)) or (one == other and versions.model < than.model)


def _same(asked: int | None, known: int) -> int:
    if asked != known:
        raise StoreSilent("the store does not answer")
    return known


def _database(url: str) -> str:
    """Which database that is, without who asks for it."""
    parsed = make_url(url)
    return f"{parsed.get_backend_name()}://{parsed.host or ''}:{parsed.port or ''}/{parsed.database}"

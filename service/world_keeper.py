"""The world in force, swapped whole: a policy within milliseconds whatever else is being built, the rest behind it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from service.errors import Refused
from service.stores.protocols import Versions
from service.telemetry import Telemetry
from service.world import World, WorldBuilder

log = logging.getLogger(__name__)

RETRY_S = 30.0

_Key = tuple[int, ...]


class WorldKeeper:
    """The world in force; a change of versions is built on a thread of its own and swapped when it is whole.

    The policy and the rest are built apart, each by one thread at a time: a policy waits for no catalogue, and what is
    built meanwhile takes over the policy that came into force. A model that cannot be read, or a policy, holds nothing
    else back: what changed beside it is in force with the model, or the policy, before it.
    """

    def __init__(self, builder: WorldBuilder, versions: Versions, telemetry: Telemetry) -> None:
        self._builder, self._telemetry = builder, telemetry
        self._swapping, self._building = threading.Lock(), threading.Lock()
        self._policy, self._rest = _Turn(), _Turn()
        self._wanted = versions
        self._behind_since: float | None = None
        self._world, _ = self._newest(versions, None)
        self._show()

    def last(self) -> World:
        """The newest whole world."""
        return self._world

    def at(self, versions: Versions) -> World:
        """The world for the versions just read: the newest one at once, a newer one as soon as it is built."""
        now = self._world
        if _newer(versions, now.versions):
            self._want(versions)
            if versions.generation != now.versions.generation:
                self._later(self._policy, versions[:1], lambda: self._put_policy(versions))
            if versions[1:4] != now.versions[1:4]:
                self._later(self._rest, versions[1:4], lambda: self._put_rest(versions))
        return now

    def stale_s(self) -> float:
        """Seconds since a newer version was first seen that is not in force yet; 0 when all is in force."""
        behind_since = self._behind_since
        return 0.0 if behind_since is None else time.monotonic() - behind_since

    def refresh(self, versions: Versions) -> None:
        """Build and swap now; raises Refused for what cannot be served, and what else the builder raises."""
        self._want(versions)
        try:
            self._put_policy(versions)
        finally:
            self._put_rest(versions)

    def follow(self, versions: Versions) -> None:
        """As `refresh`, for a caller whose change is stored whatever comes of the world: a refusal is logged."""
        with suppress(Refused):
            self.refresh(versions)

    def follow_policy(self, versions: Versions) -> None:
        """Put the policy in force now, whatever else is behind; a refusal is logged."""
        self._want(versions)
        with suppress(Refused):
            self._put_policy(versions)
        self.at(versions)

    def renew(self) -> None:
        """Build the world in force once more: it was built from disk, which knows of no experiments."""
        with self._swapping:
            self._swap(self._built(self._world.versions, self._world))

    def _want(self, versions: Versions) -> None:
        if not _older(versions, self._wanted):
            self._wanted = versions
        if self._behind_since is None and _newer(self._wanted, self._world.versions):
            self._behind_since = time.monotonic()

    def _later(self, turn: _Turn, key: _Key, put: Callable[[], None]) -> None:
        """Build on a thread, unless one is building; when it ends it looks for what came meanwhile."""
        if turn.taken(key):
            work = threading.Thread(target=self._build_and_release, args=(turn, key, put), name="world", daemon=True)
            work.start()

    def _build_and_release(self, turn: _Turn, key: _Key, put: Callable[[], None]) -> None:
        try:
            put()
        except Exception:
            turn.refuse(key)
            log.exception("a new snapshot was refused, what could be built is in force")
        finally:
            turn.release()
        self.at(self._wanted)

    def _put_policy(self, versions: Versions) -> None:
        """The policy of a generation over all else that is in force."""
        with self._swapping:
            now = self._world
            if versions.generation > now.versions.generation:
                self._swap(self._built(now.versions._replace(generation=versions.generation), now))

    def _put_rest(self, versions: Versions) -> None:
        """All but the policy; raises Refused where an older model had to do."""
        refusal: Refused | None = None
        if self._lacks(versions):
            with self._building:
                if self._lacks(versions):  # else another thread has built it meanwhile
                    refusal = self._rebuilt(versions)
        if refusal is not None:
            raise refusal

    def _lacks(self, versions: Versions) -> bool:
        """Whether more than the policy has to be built; never for versions that are older in anything."""
        now = self._world.versions
        return versions[1:] != now[1:] and not _older(versions._replace(generation=now.generation), now)

    def _rebuilt(self, versions: Versions) -> Refused | None:
        """Build and swap under the policy in force, also where another came into force meanwhile; what was refused."""
        now = self._world
        world, refusal = self._newest(versions._replace(generation=now.versions.generation), now)
        if world is not now:
            with self._swapping:
                generation = self._world.versions.generation
                if world.versions.generation != generation:
                    world = self._built(world.versions._replace(generation=generation), world)
                self._swap(world)
        return refusal

    def _newest(self, versions: Versions, now: World | None) -> tuple[World, Refused | None]:
        """The world with the newest model that can be read, in the end with none; why a newer one was refused."""
        refusal: Refused | None = None
        for model in range(versions.model, -1, -1):
            asked = versions._replace(model=model)
            if now is not None and asked == now.versions:
                return now, refusal
            try:
                return self._built(asked, now), refusal
            except Refused as error:
                refusal = refusal or error
                log.error("a model was refused, an older one serves: %s", error)  # noqa: TRY400 - the reason says it
        raise refusal or Refused("there is no model")

    def _built(self, versions: Versions, now: World | None) -> World:
        try:
            return self._builder.build(versions, now)
        except Exception:
            self._telemetry.swaps.labels("refused").inc()
            raise

    def _swap(self, world: World) -> None:
        self._world = world
        if not _newer(self._wanted, world.versions):
            self._behind_since = None
        self._telemetry.swaps.labels("swapped").inc()
        self._show()

    def _show(self) -> None:
        versions = self._world.versions
        for kind in ("generation", "catalogue", "model", "tags"):
            self._telemetry.versions.labels(kind).set(getattr(versions, kind))


class _Turn:
    """Whose turn it is to build one part of the world: one thread's at a time.

    What was refused a moment ago is not built again: what is wrong may be put right, but not in between.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: tuple[_Key, float] | None = None

    def taken(self, key: _Key) -> bool:
        """Take the turn to build `key`, where it may be built now."""
        if self._refused is not None and self._refused[0] == key and time.monotonic() < self._refused[1] + RETRY_S:
            return False
        return self._lock.acquire(blocking=False)

    def refuse(self, key: _Key) -> None:
        """It could not be built."""
        self._refused = key, time.monotonic()

    def release(self) -> None:
        """Let the next one build."""
        self._lock.release()


def _newer(versions: Versions, than: Versions) -> bool:
    """Whether something has risen and nothing has fallen; suspensions act without a new world."""
    return versions[:4] != than[:4] and not _older(versions, than)


def _older(versions: Versions, than: Versions) -> bool:
    return any(one < other for one, other in zip(versions[:4], than[:4], strict=True))

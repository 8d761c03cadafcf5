"""The application's own tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import cast

import pytest

from service.app import STEPS, _every, _follow, _keep_up
from service.runtime import Runtime
from service.stores.protocols import StoreError, Versions


def test_following_goes_on_after_an_error_nobody_expected_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    failures = [ValueError("a row nobody expected"), StoreError("gone")]

    async def versions() -> SimpleNamespace:
        if failures:
            raise failures.pop(0)
        return SimpleNamespace(tags=1)

    async def main() -> None:
        followed = asyncio.Event()
        runtime = SimpleNamespace(
            calls=SimpleNamespace(versions=versions),
            worlds=SimpleNamespace(at=lambda found: followed.set()),
        )
        following = asyncio.create_task(_every(_follow, cast(Runtime, runtime), 0.001))
        await asyncio.wait_for(followed.wait(), 20)
        following.cancel()

    asyncio.run(main())
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "a row nobody expected" in caplog.text


class _Links:
    """A process in which every link of what follows the versions in force notes that it was reached; some fail."""

    def __init__(self, *failing: str) -> None:
        self.reached: list[str] = []
        self._failing = failing
        versions = Versions(catalogue=1, model=1, tags=1, generation=1, suspended=())
        self.worlds = SimpleNamespace(last=lambda: SimpleNamespace(versions=versions), renew="renew")
        self.calls = SimpleNamespace(versions=self._answer(versions), look=self._look, long=self._look)
        self.last_good = SimpleNamespace(in_force="disk", is_due=lambda found: False)
        self.last_good.answered = lambda: self._at("last good")
        self.store = SimpleNamespace(shadow="shadow", is_step_due="schedules")
        self.shadow = SimpleNamespace(follow=lambda found: None)
        self.tag_metrics = SimpleNamespace(version=0, show=lambda found: None)
        self.clock = SimpleNamespace(now_us=lambda: 0)

    def _at(self, link: str) -> None:
        self.reached.append(link)
        if link in self._failing:
            raise ValueError(link)

    @staticmethod
    def _answer(found: Versions) -> Callable[[], Awaitable[Versions]]:
        async def versions() -> Versions:
            return found

        return versions

    async def _look(self, call: object, *args: object) -> bool:
        self._at(call if isinstance(call, str) else "tags")
        return False


@pytest.mark.parametrize("failing", [(), ("last good",), ("shadow",), ("tags",), ("last good", "shadow", "tags")])
def test_a_link_that_fails_holds_no_other_one_up(failing: tuple[str, ...]) -> None:
    links = _Links(*failing)
    asyncio.run(_keep_up(cast(Runtime, links)))
    assert links.reached == ["renew", "last good", "shadow", "tags"]


def test_planned_policies_are_looked_at_whatever_holds_up_what_else_follows() -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        links, looked = _Links(), asyncio.Event()
        links.last_good.answered = lambda: None
        links.last_good.is_due = lambda found: True
        links.last_good.keep = None

        async def long(*args: object) -> None:
            await hangs()

        async def look(call: object, *args: object) -> bool:
            assert call == "schedules"
            looked.set()
            return False

        links.calls.long, links.calls.look = long, look
        runtime = cast(Runtime, links)
        following = [asyncio.create_task(_every(step, runtime, 0.001)) for step in STEPS if step is not _follow]
        await asyncio.wait_for(looked.wait(), 20)
        for task in following:
            task.cancel()

    asyncio.run(main())

"""The application's own tasks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from service.app import _every, _follow
from service.runtime import Runtime
from service.stores.protocols import StoreError


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

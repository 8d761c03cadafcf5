"""Storing how a run has ended, although others write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from service.stores._errors import STORE_ERRORS

_AGAIN_S = 1.0
_TRIES = 60


async def until_stored(settle: Callable[[], Awaitable[None]]) -> None:
    """Store how a run has ended, whoever writes meanwhile; raises StoreError after many tries."""
    for left in reversed(range(_TRIES)):
        try:
            await settle()
            break
        except STORE_ERRORS:
            if not left:
                raise
            await asyncio.sleep(_AGAIN_S)

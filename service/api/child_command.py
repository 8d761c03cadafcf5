"""Runs a command of the service in a process of its own, so that no shelf waits for what it reads."""

from __future__ import annotations

import asyncio
import logging
import sys

from service.clock import iso
from service.errors import Unavailable
from service.runtime import Runtime
from service.settings import environment_of

log = logging.getLogger(__name__)

LIMIT_S = 300.0
"""So long a command may take."""


async def printed(runtime: Runtime, arguments: list[str]) -> bytes:
    """What the command printed; raises Unavailable where it took too long or failed, with its line in the log."""
    environment = environment_of(runtime.settings, iso(runtime.clock.now_us()))
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "service.cli", *arguments)
    child = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(LIMIT_S):
            out, err = await child.communicate()
    except TimeoutError:
        told = f"the report takes too long here; `huojia {arguments[0]}` has no limit"
        raise Unavailable("report_too_long", told) from None
    finally:
        if child.returncode is None:  # too long, or nobody waits for it any more
            child.kill()
            await child.wait()
    if child.returncode:
        line = (err.decode(errors="replace").strip().splitlines() or [""])[-1]
        log.error("a report failed", extra={"cause": line})
        raise Unavailable("report_failed", "the report could not be made; the service's log says why")
    return out

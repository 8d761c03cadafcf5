"""A replay made in a process of its own, so that no shelf waits for it: asked over its stdin, told on its stdout."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import msgspec
import orjson

from service.bootstrap import runtime_of
from service.clock import iso
from service.errors import HuojiaError, Unavailable
from service.off_policy.request import ReplayRequest, replayed
from service.progress import silent
from service.settings import Settings, environment_of, load_settings
from service.stores._errors import STORE_ERRORS
from shelf_rules.policy_load import PolicyError

log = logging.getLogger(__name__)

LIMIT_S = 300.0
"""So long a replay may take."""
_NICER = 10


async def replayed_apart(settings: Settings, request: ReplayRequest, now_us: int) -> bytes:
    """The report as JSON; raises Unavailable where it took too long or failed, with its line in the log."""
    environment, pipe = environment_of(settings, iso(now_us)), asyncio.subprocess.PIPE
    command = (sys.executable, "-m", __name__)
    child = await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(LIMIT_S):
            out, err = await child.communicate(msgspec.json.encode(request))
    except TimeoutError:
        detail = "the replay takes too long here; ask for fewer decisions, `huojia replay` has no limit"
        raise Unavailable("replay_too_long", detail) from None
    finally:
        if child.returncode is None:  # too long, or nobody waits for it any more
            child.kill()
            await child.wait()
    if child.returncode:
        line = (err.decode(errors="replace").strip().splitlines() or [""])[-1]
        log.error("a replay failed", extra={"cause": line})
        raise Unavailable("replay_failed", "the replay could not be made; the service's log says why")
    return out


def main() -> None:
    """Make one replay; exit code 1 with one line on stderr where it cannot be made."""
    os.nice(_NICER)  # shelves go first
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=ReplayRequest)
    try:
        with runtime_of(load_settings()) as runtime:
            sys.stdout.buffer.write(orjson.dumps(replayed(runtime, request, silent)))
    except (HuojiaError, PolicyError, *STORE_ERRORS) as error:
        print(f"huojia: {error}", file=sys.stderr)  # noqa: T201 - the parent logs it
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

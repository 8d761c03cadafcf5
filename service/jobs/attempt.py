"""One run of a daily job in a process of its own, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from service.clock import iso
from service.job_state import LINE_MAX, Outcome
from service.jobs.entry import STAYS
from service.progress import Step, step_of
from service.settings import Settings, environment_of

_END_S = 5.0
"""What is asked to end is killed after so long."""
_LOOK_S = 0.5
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, with its last line: of its errors where it failed."""

    outcome: Outcome
    code: int
    line: str
    seconds: float


async def attempt(
    command: Sequence[str], settings: Settings, now_us: int, limit_s: float, told: Callable[[Step], None]
) -> Ended:
    """Run a command to its end at a time of the service's clock; its progress goes to `told`.

    It ends with this process, and with this call where that is cancelled, and its own children with it.
    """
    began = time.monotonic()
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,  # never written to: its end is the end of this process
            stdout=PIPE,
            stderr=PIPE,
            env=environment_of(settings, iso(now_us)),
            start_new_session=True,
        )
    except OSError as error:
        return Ended("failed", 1, f"cannot be started: {error.strerror}", time.monotonic() - began)
    try:
        async with asyncio.timeout(limit_s):
            code, out, err = await _finish(child, told)
    except TimeoutError:
        return Ended("failed", 1, f"ended because it ran for more than {limit_s:g} s", time.monotonic() - began)
    finally:
        await _end(child)
    return _ended(code, out, err, time.monotonic() - began)


def _ended(code: int, out: str, err: str, seconds: float) -> Ended:
    if code < 0:
        return Ended("died", 1, f"ended by {signal.Signals(-code).name}", seconds)
    if code == STAYS:
        return Ended("refused", 1, err, seconds)
    return Ended("failed", code, err or "it gave no reason", seconds) if code else Ended("done", 0, out, seconds)


async def _finish(child: Process, told: Callable[[Step], None]) -> tuple[int, str, str]:
    """Exit code and the last lines of both streams."""
    assert child.stdout is not None and child.stderr is not None  # noqa: S101, PT018 - pipes
    reading = asyncio.gather(_last_line(child.stdout), _last_line(child.stderr, told))
    while not (await asyncio.wait({reading}, timeout=_LOOK_S))[0]:
        if child.returncode is not None:
            _signal(child, signal.SIGKILL)  # what it has left behind keeps the streams open
    return await child.wait(), *reading.result()


async def _last_line(stream: asyncio.StreamReader, told: Callable[[Step], None] | None = None) -> str:
    last, rest = "", b""
    while chunk := await stream.read(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[-_CHUNK:]
        for line in filter(None, (one.decode(errors="replace").strip() for one in lines)):
            last = line
            if told is not None and (step := step_of(line)) is not None:
                told(step)
    return (rest.decode(errors="replace").strip() or last)[:LINE_MAX]


async def _end(child: Process) -> None:
    if child.returncode is None:
        _signal(child, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), _END_S)
        _signal(child, signal.SIGKILL)
        await child.wait()


def _signal(child: Process, number: signal.Signals) -> None:
    """To the whole group, which has the number of the child."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)

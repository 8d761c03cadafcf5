"""A preview made in a process of its own, so that no shelf waits for it: asked over its stdin, told on its stdout."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any

import msgspec
import orjson

from service.bootstrap import runtime_of
from service.clock import iso
from service.errors import HuojiaError, Unavailable
from service.policies.candidate import beside, condition_of
from service.policies.preview import PreviewAsked, preview
from service.policies.preview_document import document
from service.policies.whom import Whom
from service.progress import silent
from service.runtime import Runtime
from service.settings import Settings, environment_of, load_settings
from service.stores._errors import STORE_ERRORS
from shelf_rules.facts import Query
from shelf_rules.policy_load import PolicyError, load_policy

log = logging.getLogger(__name__)

LIMIT_S = 300.0
"""So long a preview may take."""
_NICER = 10


class PreviewTask(msgspec.Struct, frozen=True):
    """What such a process is asked; it names customers, who belong on no command line."""

    policy: dict[str, Any]
    query: Query
    now_us: int
    as_of_us: int | None
    customers: list[str]
    sample: int
    seed: int
    where: dict[str, Any] | None
    shelves: int
    named: bool


async def made_apart(settings: Settings, task: PreviewTask) -> bytes:
    """The preview as JSON; raises Unavailable where it took too long or failed, with its line in the log."""
    environment = environment_of(settings, iso(task.now_us))
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", __name__)
    child = await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(LIMIT_S):
            out, err = await child.communicate(msgspec.json.encode(task))
    except TimeoutError:
        detail = "the preview takes too long here; ask for fewer customers, `huojia policy preview` has no limit"
        raise Unavailable("preview_too_long", detail) from None
    finally:
        if child.returncode is None:  # too long, or nobody waits for it any more
            child.kill()
            await child.wait()
    if child.returncode:
        line = (err.decode(errors="replace").strip().splitlines() or [""])[-1]
        log.error("a preview failed", extra={"cause": line})
        raise Unavailable("preview_failed", "the preview could not be made; the service's log says why")
    return out


def preview_of(runtime: Runtime, task: PreviewTask) -> dict[str, Any]:
    """The preview asked for, as plain data."""
    policy, world = load_policy(task.policy), runtime.worlds.last()
    where = None if task.where is None else condition_of(task.where, policy, world)
    whom = Whom(tuple(task.customers), task.sample, task.seed, where)
    asked = PreviewAsked(whom, task.query, task.now_us, task.as_of_us, task.shelves if task.named else 0)
    made = preview(runtime, beside(world, policy), asked, silent)
    return document(made, named=task.named)


def main() -> None:
    """Make one preview; exit code 1 with one line on stderr where it cannot be made."""
    os.nice(_NICER)  # shelves go first
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=PreviewTask)
    try:
        with runtime_of(load_settings()) as runtime:
            sys.stdout.buffer.write(orjson.dumps(preview_of(runtime, task)))
    except (HuojiaError, PolicyError, *STORE_ERRORS) as error:
        print(f"huojia: {error}", file=sys.stderr)  # noqa: T201 - the parent logs it
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

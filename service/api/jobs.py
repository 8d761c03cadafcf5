"""Development: a daily job of the service, run at its moved clock in a process of its own."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
import time

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.routing import Route
from service.api.schemas import TEXT, record
from service.auth import Caller
from service.clock import iso
from service.errors import Conflict, Missing
from service.runtime import Runtime
from service.settings import PREFIX, Settings

JOBS = ("snapshot-tiers", "attribute", "measure-tags", "train")
"""The commands that may be run, in the order of a day."""


async def run_job(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Run a job to its end; what it published is in force when this returns."""
    if runtime.settings.production:
        raise Missing("not_here", "jobs run over HTTP in development mode only")
    job = request.path_params["job"]
    if job not in JOBS:
        raise Missing("unknown_job", f"job: must be one of {', '.join(JOBS)}")
    if runtime.job.locked():
        raise Conflict("job_running", "a job is running; try again when it has ended")
    async with runtime.job:
        started = time.perf_counter()
        code, line = await _run(job, runtime.settings, iso(runtime.clock.now_us()))
        await runtime.calls.follow(runtime.worlds)
    return json_answer({"job": job, "exit_code": code, "line": line, "seconds": time.perf_counter() - started})


async def _run(job: str, settings: Settings, now: str) -> tuple[int, str]:
    """Exit code and last line of the command: of its errors where it failed."""
    given = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)} | {"now": now}
    environment = {**os.environ, **{PREFIX + name.upper(): value for name, value in given.items()}}
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "service.cli", job)
    child = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    try:
        out, err = await child.communicate()
    finally:
        if child.returncode is None:  # the service stops before the job has ended
            child.kill()
    code = child.returncode or 0
    lines = [line for line in (err if code else out).decode(errors="replace").splitlines() if line.strip()]
    return code, lines[-1].strip() if lines else ""


ROUTES = [
    Route(
        "POST",
        "/v1/dev/jobs/{job}",
        "model:admin",
        "Run a daily job (development mode)",
        run_job,
        answer=record({"job": TEXT, "exit_code": {"type": "integer"}, "line": TEXT, "seconds": {"type": "number"}}),
        errors=("404", "409"),
        path_values={"job": {"enum": list(JOBS)}},
    )
]

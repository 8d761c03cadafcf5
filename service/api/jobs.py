"""Development: a daily job of the service, run at its moved clock in a process of its own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.routing import Route
from service.api.schemas import TEXT, record
from service.auth import Caller
from service.errors import Conflict, JobRunning, Missing
from service.jobs.schedule import JOBS
from service.jobs.watch_experiments import JOB as WATCH
from service.progress import silent
from service.runtime import Runtime

_RUN = (*JOBS, WATCH)


async def run_job(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Run a job to its end; what it published is in force when this returns."""
    if runtime.settings.production:
        raise Missing("not_here", "jobs run over HTTP in development mode only")
    job = request.path_params["job"]
    if job not in _RUN:
        raise Missing("unknown_job", f"job: must be one of {', '.join(_RUN)}")
    try:
        async with runtime.jobs.turn() as run:
            state = await run(job, silent)
    except JobRunning as error:
        raise Conflict("job_running", f"{error}; try again when it has ended") from None
    await runtime.calls.follow(runtime.worlds)
    code = 0 if state.outcome == "done" else 1
    return json_answer({"job": job, "exit_code": code, "line": state.line, "seconds": state.seconds})


ROUTES = [
    Route(
        "POST",
        "/v1/dev/jobs/{job}",
        "model:admin",
        "Run a daily job (development mode)",
        run_job,
        answer=record({"job": TEXT, "exit_code": {"type": "integer"}, "line": TEXT, "seconds": {"type": "number"}}),
        errors=("404", "409"),
        path_values={"job": {"enum": list(_RUN)}},
    )
]

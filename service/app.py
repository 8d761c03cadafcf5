"""The application: builds everything once, closes it in reverse order, answers every error in one shape."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ParamSpec

from fastapi import APIRouter, FastAPI
from prometheus_client import start_http_server
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from service import __version__
from service.api import (
    assignments,
    audit,
    customers,
    decisions,
    events,
    experiment_results,
    experiments,
    growthbook_export,
    health,
    jobs,
    layers,
    me,
    ofrep,
    policies,
    policy_life,
    policy_preview,
    policy_schema,
    policy_shadow,
    products,
    replay,
    reports,
    shelf,
    tag_intake,
    tag_trail,
    tags,
)
from service.api.answers import problem
from service.api.routing import mount
from service.bootstrap import build_runtime, close_runtime
from service.errors import ApiError, Unavailable
from service.experiments.watcher import Watcher
from service.jobs.scheduler import Scheduler
from service.logs import configure_logs
from service.policies.governed import schedules_of
from service.runtime import Runtime
from service.settings import Settings, load_settings
from service.store_calls import StoreSilent
from service.stores._errors import STORE_ERRORS
from service.stores.protocols import Versions
from service.tag_metrics import measured_tags
from service.threads import serve_first

log = logging.getLogger(__name__)

P = ParamSpec("P")

FOLLOW_S = 1.0
_NOUNS = (
    shelf,
    events,
    me,
    tags,
    tag_intake,
    tag_trail,
    products,
    customers,
    reports,
    decisions,
    policies,
    policy_life,
    policy_preview,
    policy_schema,
    policy_shadow,
    replay,
    layers,
    experiments,
    experiment_results,
    assignments,
    ofrep,
    growthbook_export,
    audit,
    health,
    jobs,
)
_TITLES = {404: "Not found", 405: "Method not allowed"}
_SECURITY = {
    "customer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "service": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def create_app(settings: Settings | None = None, runtime: Runtime | None = None) -> FastAPI:
    """The service over its settings; a runtime may be handed in by a test, which then closes it."""
    settings = settings or load_settings()
    built = runtime or build_runtime(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.production and settings.metrics_port:
            start_http_server(int(settings.metrics_port), settings.host, built.telemetry.registry)
        following = [asyncio.create_task(_every(step, built)) for step in STEPS]
        scheduler = Scheduler(built.jobs, built.job_metrics, is_on=settings.jobs_time is not None)
        lasting = {asyncio.create_task(task) for task in (scheduler.forever(), Watcher(built).forever())}
        yield
        for task in (*following, *lasting):
            task.cancel()
        await asyncio.wait(lasting)
        if runtime is None:
            close_runtime(built)

    docs_url = None if settings.production else "/docs"
    app = FastAPI(title="Huojia 货架", version=__version__, lifespan=lifespan, docs_url=docs_url, redoc_url=None)
    router = APIRouter()
    for noun in _NOUNS:
        mount(router, built, noun.ROUTES)
    app.include_router(router)
    app.state.runtime = built
    _answer_errors(app, built, router)
    _describe(app)
    return app


async def _every(step: Callable[[Runtime], Awaitable[None]], runtime: Runtime, every_s: float = FOLLOW_S) -> None:
    """Take a step again and again, whatever goes wrong meanwhile."""
    while True:
        await asyncio.sleep(every_s)
        await _tried(step, runtime)


async def _tried(step: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs) -> None:
    """Take a step; where it fails the next turn takes it again."""
    try:
        await step(*args, **kwargs)
    except STORE_ERRORS:
        return  # a silent store is asked again
    except Exception:
        log.exception("what is in force could not be followed; trying again", extra={"step": step.__name__.strip("_")})


async def _follow(runtime: Runtime) -> None:
    """Notice what other processes put in force while nobody asks for a shelf; a task of its own that nothing delays."""
    runtime.worlds.at(await runtime.calls.versions())


async def _keep_up(runtime: Runtime) -> None:
    """What else follows the versions in force; a link that fails holds no other one up."""
    versions = await runtime.calls.versions()
    for link in (_keep, _follow_shadow, _show_tags):
        await _tried(link, runtime, versions)


async def _keep(runtime: Runtime, versions: Versions) -> None:
    """Have on disk what a process could start with that finds no store."""
    served = runtime.worlds.last().versions._replace(suspended=versions.suspended)
    if runtime.last_good.in_force is not None:
        await runtime.calls.long(runtime.worlds.renew)
        runtime.last_good.answered()
    if runtime.last_good.is_due(served):
        await runtime.calls.long(runtime.last_good.keep, runtime.store, served)


async def _follow_shadow(runtime: Runtime, versions: Versions) -> None:
    """Begin and end the shadow as another process was told."""
    runtime.shadow.follow(await runtime.calls.look(runtime.store.shadow))


async def _show_tags(runtime: Runtime, versions: Versions) -> None:
    """Have the metrics show the tags in force."""
    if runtime.tag_metrics.version != versions.tags:
        runtime.tag_metrics.show(await runtime.calls.look(measured_tags, runtime.store, versions.tags))


async def _keep_schedules(runtime: Runtime) -> None:
    """Take the steps of planned policies whose time has come, unless another process is faster; a task of its own."""
    await runtime.calls.versions()  # what a silent store misses is then counted as the service's own
    now_us = runtime.clock.now_us()
    if await runtime.calls.look(runtime.store.is_step_due, now_us):
        await runtime.calls.change((), schedules_of(runtime).take_due, now_us)
        await runtime.calls.follow_policy(runtime.worlds)


STEPS = (_follow, _keep_up, _keep_schedules)
"""What a process does every second, each in a task of its own."""


def create_worker() -> FastAPI:
    """The application of one of several worker processes: it has to set up its own logs."""
    settings = load_settings()
    configure_logs(settings.log_level)
    serve_first()
    return create_app(settings)


def _answer_errors(app: FastAPI, runtime: Runtime, router: APIRouter) -> None:
    counted = runtime.telemetry.requests

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101 - registered for this class
        counted.labels(_route(request), str(error.status)).inc()
        return problem(error)

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
        title = _TITLES.get(error.status_code, "Error")
        shown = ApiError(title.lower().replace(" ", "_"), str(error.detail))
        shown.status, shown.title = error.status_code, title  # type: ignore[misc]
        counted.labels(_route(request), str(error.status_code)).inc()
        response = problem(shown)
        response.headers.update(error.headers or {})
        if error.status_code == 405:
            response.headers["Allow"] = ", ".join(_allowed(router, request))
        return response

    async def store_down(request: Request, error: Exception) -> Response:
        # That it is silent was logged once, when its breaker opened.
        cause = None if isinstance(error, StoreSilent) else error
        log.log(
            logging.ERROR if cause else logging.DEBUG,
            "the store does not answer",
            exc_info=cause,
            extra={"route": _route(request)},
        )
        counted.labels(_route(request), "503").inc()
        return problem(Unavailable("store_unavailable", "the store does not answer; try again"))

    async def unforeseen(request: Request, error: Exception) -> Response:
        log.error("unforeseen error", exc_info=error, extra={"route": _route(request)})
        counted.labels(_route(request), "500").inc()
        return problem(ApiError("internal_error", "the request failed; it was logged"))

    app.add_exception_handler(ApiError, known)
    app.add_exception_handler(HTTPException, framework)
    for failure in STORE_ERRORS:
        app.add_exception_handler(failure, store_down)
    app.add_exception_handler(Exception, unforeseen)


def _route(request: Request) -> str:
    """Method and template of the route, never the filled path: ids do not belong in metrics or logs."""
    route = request.scope.get("route")
    if not isinstance(route, Route) or request.method not in (route.methods or ()):
        return "unknown"
    return f"{request.method} {route.path}"


def _allowed(router: APIRouter, request: Request) -> list[str]:
    """The methods of every route on the request's path; the framework names those of the first one alone."""
    asked = {"type": "http", "method": request.method, "path": request.url.path}
    found = [route for route in router.routes if isinstance(route, Route) and route.matches(asked)[0] != Match.NONE]
    return sorted({method for route in found for method in route.methods or ()})


def _describe(app: FastAPI) -> None:
    original: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        document = original()
        document.setdefault("components", {})["securitySchemes"] = _SECURITY
        for calls in document["paths"].values():
            for call in calls.values():
                # FastAPI adds its own 422 shape to every call with parameters; ours is the problem document.
                call.get("responses", {}).pop("default", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]

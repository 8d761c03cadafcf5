"""Operations: alive, ready, metrics, and the development clock."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.routing import Route
from service.api.schemas import TEXT, TIME, record
from service.auth import Caller
from service.clock import from_us, iso, parse_us
from service.errors import Invalid, Missing, Unavailable
from service.runtime import Runtime
from service.stores._errors import STORE_ERRORS


class ClockBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of the development clock."""

    now: str


_STALE_LIMIT_S = 300.0


async def livez(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The process answers."""
    return json_answer({"status": "alive"})


async def readyz(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Shelves can be served: `degraded` names what they, or writes, do without while the store does not answer.

    `last_good` is not null while the world in force was read from disk.
    """
    world, degraded = runtime.worlds.last(), set(runtime.calls.degraded)
    try:
        await runtime.calls.ask(runtime.store.versions)
    except STORE_ERRORS:
        degraded.add("state")
    if runtime.worlds.stale_s() > _STALE_LIMIT_S:
        raise Unavailable("stale", "a newer catalogue, policy, model or tag version could not be put in force")
    ready = {"status": "ready", "degraded": sorted(degraded), "products": len(world.catalogue)}
    return json_answer({**ready, "versions": dict(world.labels), "last_good": runtime.last_good.shown()})


async def metrics(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Prometheus metrics; in production they are served on a port of their own."""
    if runtime.settings.production:
        raise Missing("not_here", "in production /metrics is on HUOJIA_METRICS_PORT")
    return Response(runtime.telemetry.render(), media_type="text/plain; version=0.0.4")


async def put_clock(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Move the service's clock; it goes on from there."""
    if runtime.settings.production:
        raise Missing("not_here", "the clock moves in development mode only")
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), ClockBody)
    us = parse_us(body.now)
    if us is None:
        detail = "an ISO 8601 time of the years 1970 to 2199"
        raise Invalid("bad_field", f"now: {detail}", [{"loc": "now", "code": "bad_type", "detail": detail}])
    runtime.clock.set(from_us(us))
    return json_answer({"now": iso(runtime.clock.now_us())})


_CLOCK_BODY = {**record({"now": TIME}), "additionalProperties": False}

ROUTES = [
    Route("GET", "/livez", "open", "The process answers", livez),
    Route("GET", "/readyz", "open", "Ready to serve", readyz, errors=("503",)),
    Route(
        "GET",
        "/metrics",
        "open",
        "Prometheus metrics",
        metrics,
        answer={"type": "string"},
        media="text/plain; version=0.0.4",
        errors=("404",),
    ),
    Route(
        "PUT",
        "/v1/dev/clock",
        "open",
        "Move the clock (development mode)",
        put_clock,
        answer=record({"now": TEXT}),
        body=_CLOCK_BODY,
        errors=("404",),
    ),
]

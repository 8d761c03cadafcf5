"""How a route is declared: method, path, who may call, and its OpenAPI; a route without a scope cannot be written."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import PROBLEM
from service.auth import SCOPES, Caller
from service.errors import Invalid
from service.runtime import Runtime

Access = Literal["open", "customer"] | str
Handler = Callable[[Request, Runtime, Caller], Awaitable[Response]]

_NOBODY = Caller(None, None)
_ERRORS = {
    "304": "nothing has changed",
    "400": "the body is not JSON",
    "401": "no or bad credentials",
    "403": "the key lacks the scope",
    "404": "no such thing",
    "409": "the present state does not allow it",
    "412": "`If-Match` names what is no more",
    "413": "the body is over the limit",
    "415": "the body is not declared as JSON",
    "422": "a rule is broken; `errors` name the fields",
    "428": "`If-Match` is missing",
    "503": "try again later",
}
_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    "503": {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "required": True}},
}
_PATH_PARAMETER = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[A-Za-z0-9._:@~-]+$"}
_PATH_PATTERN = re.compile(_PATH_PARAMETER["pattern"])  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Route:
    """A declared call. `access` is "open", "customer" or a scope; `answer` the JSON schema of the 2xx body."""

    method: str
    path: str
    access: Access
    summary: str
    handler: Handler
    status: int = 200
    answer: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    body: Mapping[str, Any] | None = None
    body_required: bool = True
    query: tuple[Mapping[str, Any], ...] = ()
    errors: tuple[str, ...] = ()
    own_errors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # in a protocol's own shape; {}: no body
    path_values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    media: str = "application/json"


def path_value(request: Request, name: str) -> str:
    """A path parameter, checked against the pattern the OpenAPI file states; raises Invalid for anything else."""
    value: str = request.path_params[name]
    if len(value) > 128 or not _PATH_PATTERN.fullmatch(value):
        raise Invalid("bad_path", f"{name}: 1 to 128 characters of A-Z a-z 0-9 . _ : @ ~ -")
    return value


def mount(router: APIRouter, runtime: Runtime, routes: list[Route]) -> None:
    """Add the routes; raises ValueError for an access that is neither open, customer nor a scope."""
    for route in routes:
        if route.access not in ("open", "customer", *SCOPES):
            raise ValueError(f"{route.method} {route.path}: no such scope {route.access!r}")
        router.add_api_route(
            route.path,
            _guarded(route, runtime),
            methods=[route.method],
            status_code=route.status,
            response_class=Response,
            responses={},
            summary=route.summary,
            operation_id=_operation_id(route),
            openapi_extra=_openapi(route),
        )


def _guarded(route: Route, runtime: Runtime) -> Callable[[Request], Awaitable[Response]]:
    label = f"{route.method} {route.path}"
    telemetry = runtime.telemetry
    seconds, done = telemetry.request_seconds.labels(label), telemetry.requests.labels(label, str(route.status))
    authenticator, handler, access = runtime.authenticator, route.handler, route.access

    async def call(request: Request) -> Response:
        started = time.perf_counter()
        if access == "customer":
            caller = authenticator.customer(request)
        elif access == "open":
            caller = _NOBODY
        else:
            caller = await authenticator.service(request, access)
        response = await handler(request, runtime, caller)
        seconds.observe(time.perf_counter() - started)
        done.inc()
        return response

    return call


def _problem(code: str) -> dict[str, Any]:
    answer = {"description": _ERRORS[code], "content": {"application/problem+json": {"schema": PROBLEM}}}
    return answer | ({"headers": _HEADERS[code]} if code in _HEADERS else {})


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", route.path).strip("_")
    return f"{route.method.lower()}_{words}"


def _openapi(route: Route) -> dict[str, Any]:
    names = re.findall(r"{(\w+)(?::path)?}", route.path)
    parameters: list[Mapping[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": route.path_values.get(name, _PATH_PARAMETER)}
        for name in names
    ]
    errors = {"422", "503", *route.errors} if route.path.startswith("/v1") else set(route.errors)
    if route.access != "open":
        errors |= {"401"} if route.access == "customer" else {"401", "403"}
    if route.body is not None:
        errors |= {"400", "413", "415"}
    problems = {code: _problem(code) for code in sorted(errors)}
    for code, schema in route.own_errors.items():
        own = {"application/json": {"schema": schema}} if schema else {}
        content = {**problems.get(code, {}).get("content", {}), **own}
        problems[code] = {"description": _ERRORS[code]} | ({"content": content} if content else {})
    answer = {str(route.status): {"description": "done", "content": {route.media: {"schema": route.answer}}}}
    document: dict[str, Any] = {"parameters": [*parameters, *route.query], "responses": {**answer, **problems}}
    if route.access != "open":
        document["security"] = [{"customer" if route.access == "customer" else "service": []}]
    if route.body is not None:
        document["requestBody"] = {
            "required": route.body_required,
            "content": {"application/json": {"schema": route.body}},
        }
    return document

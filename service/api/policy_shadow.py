"""The shadow of a policy version: computed beside the one in force on a share of the requests, shown to nobody."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.policy_shapes import PATH, bad_policy, number, policy_name
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, listing, record
from service.auth import Caller
from service.policies.shadow_report import shadow_report, told
from service.policies.shadowing import start_shadow, stop_shadow
from service.runtime import Runtime
from service.stores._policies import Act
from shelf_rules.policy_load import PolicyError


class ShadowWanted(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a start."""

    share: Annotated[float, msgspec.Meta(gt=0, le=1)]


async def get_shadow(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The newest shadow of a version and what came of it so far."""
    name, version = policy_name(request), number(request, "version")
    return await _report(runtime, caller, name, version)


async def start(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Compute a version beside the one in force from now on; every process does so within two seconds."""
    name, version = policy_name(request), number(request, "version")
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), ShadowWanted)
    act = _act(runtime, caller)
    try:
        begun = await runtime.calls.change((), start_shadow, runtime.store, act, name, version, body.share)
    except PolicyError as error:
        raise bad_policy(error, {}) from None
    runtime.shadow.follow(begun)
    return json_answer(told(begun, ()), 201)


async def stop(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """End the shadow; its results stay."""
    name, version = policy_name(request), number(request, "version")
    await runtime.calls.change((), stop_shadow, runtime.store, _act(runtime, caller), name, version)
    runtime.shadow.follow(None)
    return await _report(runtime, caller, name, version)


async def _report(runtime: Runtime, caller: Caller, name: str, version: int) -> Response:
    """What came of it, down to one customer only for who may see shelves."""
    coarse = "shelf:read" not in caller.scopes
    return json_answer(await runtime.calls.long(shadow_report, runtime.store, name, version, coarse=coarse))


def _act(runtime: Runtime, caller: Caller) -> Act:
    return Act(caller.owner, runtime.clock.now_us())


_PATH_VALUES = {name: PATH[name] for name in ("name", "version")}
_PATH = "/v1/policies/{name}/versions/{version}/shadow"
_NUMBER = {"type": ["integer", "null"]}
_NUMBERS = {"type": "object", "additionalProperties": _NUMBER}
_YES_OR_NO, _ROWS = {"type": "boolean"}, listing({"type": "object"})
_TABLES = ("tiers", "categories", "products", "moves", "withheld", "withheld_by_rule", "tasks")
_DIFFERENCES = record(
    {
        **dict.fromkeys(("compared", "changed", "reordered", "restated"), _NUMBER),
        "whole": _NUMBERS,
        **dict.fromkeys(_TABLES, _ROWS),
    }
)
_REPORT = record(
    {
        "shadow": {"type": "integer"},
        **dict.fromkeys(("policy", "sha256", "started_at", "started_by"), TEXT),
        **dict.fromkeys(("stopped_at", "stopped_by"), NULLABLE_TEXT),
        "share": {"type": "number"},
        **dict.fromkeys(("running", "complete"), _YES_OR_NO),
        **dict.fromkeys(("compared", "failed", "skipped"), _NUMBER),
        **dict.fromkeys(("against", "failed_by", "skipped_by"), _NUMBERS),
        "differences": _DIFFERENCES,
    }
)
_BODY = {
    **record({"share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}),
    "additionalProperties": False,
}

ROUTES = [
    Route(
        "GET",
        _PATH,
        "policies:read",
        "What a shadow found",
        get_shadow,
        answer=_REPORT,
        errors=("404",),
        path_values=_PATH_VALUES,
    ),
    Route(
        "POST",
        _PATH,
        "policies:publish",
        "Start a shadow",
        start,
        status=201,
        answer=_REPORT,
        body=_BODY,
        errors=("404", "409"),
        path_values=_PATH_VALUES,
    ),
    Route(
        "DELETE",
        _PATH,
        "policies:publish",
        "Stop a shadow",
        stop,
        answer=_REPORT,
        errors=("404",),
        path_values=_PATH_VALUES,
    ),
]

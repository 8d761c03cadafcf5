"""Shelf policies: what there is and was, and writing drafts; `service.api.policy_life` takes them from there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.policy_shapes import (
    CHECKED,
    DIFFERENCES,
    FAULTS,
    HISTORY,
    IF_MATCH,
    LISTED,
    PATH,
    VERSION,
    WHOLE_VERSION,
    WRITTEN,
    CheckedPolicy,
    WrittenPolicy,
    bad_policy,
    content_of,
    expected_content,
    number,
    policy_name,
    shown_version,
)
from service.api.routing import Route
from service.api.schemas import listing, record
from service.auth import Caller
from service.errors import Missing
from service.policies.document import with_lines
from service.policies.governed import differing, life_of, policy_faults
from service.policies.history import history_of, shown_rows
from service.policies.life import Draft
from service.runtime import Runtime
from service.stores import tables
from service.stores._policies import Act, rows_of
from service.stores.protocols import PolicyVersion
from shelf_rules.policy_bounds import Fault
from shelf_rules.policy_load import DEFAULT, PolicyError, load_policy


async def get_policies(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every version of every name, its state, and which one is in force."""
    return json_answer(await runtime.calls.look(_listed, runtime))


async def get_versions(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The versions of one name."""
    found = await runtime.calls.look(_listed, runtime, policy_name(request))
    if not found["policies"]:
        raise Missing("unknown_policy", "name: no policy has it")
    return json_answer({"versions": found["policies"]})


async def get_version(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """One version whole; its `ETag` is what an edit names in `If-Match`."""
    name, version = policy_name(request), number(request, "version")
    return _whole(await runtime.calls.look(_described, runtime, name, version))


async def get_diff(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The paths at which two versions differ."""
    name, numbers = policy_name(request), (number(request, "a"), number(request, "b"))
    one, other = [await runtime.calls.look(_version, runtime, name, version) for version in numbers]
    found = differing(content_of(one), content_of(other))
    return json_answer({"from": one.label, "to": other.label, "differences": found})


async def get_history(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """What became of the versions of a name: in force when, approved or rejected by whom, planned for when."""
    return json_answer(await runtime.calls.look(history_of, runtime.store, policy_name(request)))


async def post_version(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Keep a new draft."""
    name, (act, written, lines) = policy_name(request), await _written(request, runtime, caller)
    with _explained(lines):
        kept = await runtime.calls.change((), life_of(runtime).draft, act, name, written)
    return _whole(await runtime.calls.look(_described, runtime, name, kept.version), 201)


async def put_version(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Edit a version; one in review or approved is a draft again."""
    name, version, expected = policy_name(request), number(request, "version"), expected_content(request)
    act, written, lines = await _written(request, runtime, caller)
    with _explained(lines):
        await runtime.calls.change((), life_of(runtime).edit, act, name, version, expected, written)
    return _whole(await runtime.calls.look(_described, runtime, name, version))


async def validate_text(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The faults of a policy that nobody keeps."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), CheckedPolicy)
    lines: Mapping[str, int] = {}
    try:
        document, lines = body.read()
        faults = await runtime.calls.look(_faults, runtime, document, body)
    except PolicyError as error:
        faults = list(error.faults)
    return json_answer({"valid": not faults, "faults": with_lines(faults, lines)})


async def validate_version(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The faults of a kept version: what this release no longer reads, or the bank no longer has."""
    name, version = policy_name(request), number(request, "version")
    found = await runtime.calls.look(_version, runtime, name, version)
    faults = await asyncio.to_thread(policy_faults, runtime, content_of(found))
    return json_answer({"valid": not faults, "faults": with_lines(faults, {})})


async def _written(request: Request, runtime: Runtime, caller: Caller) -> tuple[Act, Draft, Mapping[str, int]]:
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), WrittenPolicy)
    with _explained({}):
        document, lines = body.read()
    return Act(caller.owner, runtime.clock.now_us(), body.comment), Draft(document, body.base), lines


@contextmanager
def _explained(lines: Mapping[str, int]) -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        raise bad_policy(error, lines) from None


def _faults(runtime: Runtime, document: Mapping[str, Any], body: CheckedPolicy) -> list[Fault]:
    base = DEFAULT
    if body.base is not None:
        name = body.name or runtime.store.active_policy()[1].name
        base = load_policy(content_of(_version(runtime, name, body.base)))
    return policy_faults(runtime, document, base)


def _whole(shown: dict[str, Any], status: int = 200) -> Response:
    answer = json_answer(shown, status)
    answer.headers["ETag"] = f'"{shown["sha256"]}"'
    return answer


def _version(runtime: Runtime, name: str, version: int) -> PolicyVersion:
    found = runtime.store.policy(name, version)
    if found is None:
        raise Missing("unknown_policy", f"policy {name}@{version}: no such version")
    return found


def _listed(runtime: Runtime, name: str = "") -> dict[str, Any]:
    generation, active = runtime.store.active_policy()
    found = [shown_version(one, active.label) for one in runtime.store.policies(name)]
    return {"generation": generation, "in_force": active.label, "policies": found}


def _described(runtime: Runtime, name: str, version: int) -> dict[str, Any]:
    found = _version(runtime, name, version)
    with runtime.store.connect() as connection:
        approvals = rows_of(connection, tables.PolicyApprovals, name=name, version=version)
    _, active = runtime.store.active_policy()
    shown = {**shown_version(found, active.label), "policy": content_of(found)}
    return {**shown, "approvals": shown_rows(approvals)}


_VERSIONS = "/v1/policies/{name}/versions"
_READ, _WRITE = "policies:read", "policies:write"

ROUTES = [
    Route("GET", "/v1/policies", _READ, "Every policy version, and the one in force", get_policies, answer=LISTED),
    Route(
        "GET",
        _VERSIONS,
        _READ,
        "The versions of a policy",
        get_versions,
        answer=record({"versions": listing(VERSION)}),
        errors=("404",),
        path_values=PATH,
    ),
    Route(
        "GET",
        _VERSIONS + "/{version}",
        _READ,
        "A policy version, whole",
        get_version,
        answer=WHOLE_VERSION,
        errors=("404",),
        path_values=PATH,
    ),
    Route(
        "GET",
        _VERSIONS + "/{a}/diff/{b}",
        _READ,
        "Where two policy versions differ",
        get_diff,
        answer=DIFFERENCES,
        errors=("404",),
        path_values=PATH,
    ),
    Route(
        "GET",
        "/v1/policies/{name}/history",
        _READ,
        "What became of a policy's versions",
        get_history,
        answer=HISTORY,
        errors=("404",),
        path_values=PATH,
    ),
    Route(
        "POST",
        _VERSIONS,
        _WRITE,
        "Write a draft",
        post_version,
        status=201,
        answer=WHOLE_VERSION,
        body=WRITTEN,
        errors=("404",),
        path_values=PATH,
    ),
    Route(
        "PUT",
        _VERSIONS + "/{version}",
        _WRITE,
        "Edit a version that is not published",
        put_version,
        answer=WHOLE_VERSION,
        body=WRITTEN,
        query=(IF_MATCH,),
        errors=("404", "409", "412", "428"),
        path_values=PATH,
    ),
    Route(
        "POST",
        "/v1/policies/validate",
        _READ,
        "Check a policy",
        validate_text,
        answer=FAULTS,
        body=CHECKED,
        errors=("404",),
    ),
    Route(
        "POST",
        _VERSIONS + "/{version}/validate",
        _READ,
        "Check a kept policy version",
        validate_version,
        answer=FAULTS,
        errors=("404",),
        path_values=PATH,
    ),
]

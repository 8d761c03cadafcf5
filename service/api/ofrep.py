"""Experiments for any OpenFeature client: OFREP 0.3.0, answered by what serves the shelves; nobody is exposed by it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_json
from service.api.routing import Route, path_value
from service.api.schemas import SHELF_QUERY, TEXT, listing, record
from service.api.shelf import wanted
from service.auth import Caller
from service.errors import Invalid, Malformed
from service.experiments.flags import flag_of, flags_of
from service.ids import is_id
from service.pipeline.asking import AskedAssignments, assignments_of
from service.runtime import Runtime
from shelf_rules.facts import Query

_QUERY = ("channel", "placement", "scene")
"""What of a context chooses the shelf; the rest the service knows itself, and a caller's word for it is not taken."""


class _Fault(msgspec.Struct, frozen=True):
    """Why a context cannot be evaluated, in OFREP's words."""

    code: str
    details: str

    def answer(self, status: int = 400, key: str | None = None) -> Response:
        named = {} if key is None else {"key": key}
        return json_answer({**named, "errorCode": self.code, "errorDetails": self.details}, status)


async def post_flag(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """One flag of the customer whom `targetingKey` names."""
    key = path_value(request, "key")
    found = await _asked(request, runtime)
    if isinstance(found, _Fault):
        return found.answer(key=key)
    flag = flag_of(found, key)
    if flag is None:
        return _Fault("FLAG_NOT_FOUND", f"{key}: no experiment in force and no parameter of a layer").answer(404, key)
    return json_answer(flag)


async def post_flags(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every flag of the customer; nothing but 304 where `If-None-Match` names what they are already."""
    found = await _asked(request, runtime)
    if isinstance(found, _Fault):
        return found.answer()
    content = orjson.dumps({"flags": list(flags_of(found)), "metadata": {"generation": found.generation}})
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, headers={"ETag": tag}, media_type="application/json")


async def _asked(request: Request, runtime: Runtime) -> AskedAssignments | _Fault:
    try:
        body = await read_json(request, int(runtime.settings.max_body_bytes))
    except Malformed as error:
        return _Fault("PARSE_ERROR", error.detail)
    context = body.get("context") if isinstance(body, dict) else None
    if not isinstance(context, dict):
        return _Fault("INVALID_CONTEXT", "context: write an object with the customer id as targetingKey")
    customer_id, query = _customer_of(context), _query_of(context)
    if isinstance(customer_id, _Fault):
        return customer_id
    return query if isinstance(query, _Fault) else await assignments_of(runtime, customer_id, query)


def _customer_of(context: Mapping[str, Any]) -> str | _Fault:
    customer_id = context.get("targetingKey")
    if customer_id is None or customer_id == "":
        return _Fault("TARGETING_KEY_MISSING", "context.targetingKey: write the customer id")
    if not isinstance(customer_id, str) or not is_id(customer_id):
        return _Fault("INVALID_CONTEXT", "context.targetingKey: 1 to 128 visible ASCII characters")
    return customer_id


def _query_of(context: Mapping[str, Any]) -> Query | _Fault:
    """What is asked for; null is unset, as providers send what an application left empty."""
    given = {name: context[name] for name in _QUERY if context.get(name) is not None}
    wrong = next((name for name, value in given.items() if not isinstance(value, str)), None)
    if wrong is not None:
        return _Fault("INVALID_CONTEXT", f"context.{wrong}: write a text")
    try:
        return wanted(given).query
    except Invalid as error:
        return _Fault("INVALID_CONTEXT", f"context.{error.detail}")


_OBJECT = {"type": "object"}
_UNIT = {**TEXT, "pattern": "^[!-~]{1,128}$"}
_NULL = {"type": "null"}
_ASKED = {one["name"]: {"anyOf": [one["schema"], _NULL]} for one in SHELF_QUERY if one["name"] in _QUERY}
_CONTEXT: dict[str, Any] = record({"context": record({"targetingKey": _UNIT}, _ASKED)})
_FLAG = record({"key": TEXT, "reason": TEXT, "variant": TEXT, "metadata": _OBJECT}, {"value": {}})
_ERROR = {"errorCode": TEXT, "errorDetails": TEXT}
_BULK_ERROR, _FLAG_ERROR = record(_ERROR), record({"key": TEXT, **_ERROR})
_IF_NONE_MATCH = {"name": "If-None-Match", "in": "header", "required": False, "schema": TEXT}

ROUTES = [
    Route(
        "POST",
        "/ofrep/v1/evaluate/flags/{key}",
        "experiments:read",
        "The arm of a customer, or a parameter of the policy, as a flag",
        post_flag,
        answer=_FLAG,
        body=_CONTEXT,
        errors=("422", "503"),
        own_errors={"400": _FLAG_ERROR, "404": _FLAG_ERROR},
    ),
    Route(
        "POST",
        "/ofrep/v1/evaluate/flags",
        "experiments:read",
        "All flags of a customer",
        post_flags,
        answer=record({"flags": listing(_FLAG), "metadata": _OBJECT}),
        body=_CONTEXT,
        query=(_IF_NONE_MATCH,),
        errors=("503",),
        own_errors={"304": {}, "400": _BULK_ERROR},
    ),
]

"""What a customer may see and switch off; in force on the very next request."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, record
from service.auth import Caller
from service.clock import iso
from service.errors import Missing
from service.exchange.schema import SCOPES
from service.profiles import GatePart, granted_scopes, read_gate
from service.runtime import Runtime
from service.stores.protocols import ConsentChange

_SWITCH = "personalisation"
_VERSION_MAX = 128
_VERSION_TEXT = r"^[^\x00]*$"  # the one character that a text of PostgreSQL cannot hold


class Switch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a consent answer."""

    granted: bool
    text_version: Annotated[str, msgspec.Meta(max_length=_VERSION_MAX, pattern=_VERSION_TEXT)] | None = None


class PersonalisationSwitch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of the personalisation switch."""

    enabled: bool


async def get_personalisation(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Whether this customer's shelf is personal, and whether they were ever asked."""
    return json_answer(await _personalisation(runtime, caller.customer_id or ""))


async def put_personalisation(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Switch personalisation on or off; the answer is on disk before this returns."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), PersonalisationSwitch)
    await _answer(runtime, caller, _SWITCH, granted=body.enabled)
    return json_answer(await _personalisation(runtime, caller.customer_id or ""))


async def get_consent(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """One consent scope as it stands."""
    return json_answer(await consent_state(runtime, caller.customer_id or "", _scope(request, runtime)))


async def put_consent(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Answer one consent scope."""
    scope = _scope(request, runtime)
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), Switch)
    await _answer(runtime, caller, scope, granted=body.granted, text_version=body.text_version)
    return json_answer(await consent_state(runtime, caller.customer_id or "", scope))


def _scope(request: Request, runtime: Runtime) -> str:
    scope: str = request.path_params["scope"]
    known = runtime.worlds.last().regime.consent_defaults
    if scope not in known:
        raise Missing("unknown_scope", f"consent scope: must be one of {', '.join(known)}")
    return scope


async def _answer(
    runtime: Runtime, caller: Caller, scope: str, *, granted: bool, text_version: str | None = None
) -> None:
    change = ConsentChange(caller.customer_id or "", scope, granted, runtime.clock.now_us(), text_version)
    await runtime.calls.change([change.customer_id], runtime.store.change_consent, change, own=True)


async def _part(runtime: Runtime, customer_id: str) -> GatePart:
    _, row = await runtime.calls.ask(partial(runtime.store.read, customer_id, personal=False), hurried=False)
    return read_gate(None if row is None else row.gate)


async def _personalisation(runtime: Runtime, customer_id: str) -> dict[str, object]:
    state = await consent_state(runtime, customer_id, _SWITCH)
    return {"enabled": state["granted"], "answered": state["answered"], "changed_at": state["changed_at"]}


async def consent_state(runtime: Runtime, customer_id: str, scope: str) -> dict[str, object]:
    """A consent scope of a customer as it stands now."""
    part, now_us = await _part(runtime, customer_id), runtime.clock.now_us()
    answers = [changed_us for name, _, changed_us in part.consents if name == scope and changed_us <= now_us]
    return {
        "scope": scope,
        "granted": scope in granted_scopes(part, now_us, runtime.worlds.last().regime),
        "answered": bool(answers),
        "changed_at": iso(max(answers)) if answers else None,
    }


_BOOLEAN = {"type": "boolean"}
_PERSONALISATION = record({"enabled": _BOOLEAN, "answered": _BOOLEAN, "changed_at": NULLABLE_TEXT})
CONSENT = record({"scope": TEXT, "granted": _BOOLEAN, "answered": _BOOLEAN, "changed_at": NULLABLE_TEXT})
_SWITCH_BODY = {**record({"enabled": _BOOLEAN}), "additionalProperties": False}
_VERSION = {**NULLABLE_TEXT, "maxLength": _VERSION_MAX, "pattern": _VERSION_TEXT}
_CONSENT_BODY = {**record({"granted": _BOOLEAN}, {"text_version": _VERSION}), "additionalProperties": False}

SCOPE = {"enum": list(SCOPES)}

ROUTES = [
    Route(
        "GET",
        "/v1/me/personalisation",
        "customer",
        "Whether my shelf is personal",
        get_personalisation,
        answer=_PERSONALISATION,
    ),
    Route(
        "PUT",
        "/v1/me/personalisation",
        "customer",
        "Switch personalisation on or off",
        put_personalisation,
        answer=_PERSONALISATION,
        body=_SWITCH_BODY,
    ),
    Route(
        "GET",
        "/v1/me/consents/{scope}",
        "customer",
        "One of my consents",
        get_consent,
        answer=CONSENT,
        errors=("404",),
        path_values={"scope": SCOPE},
    ),
    Route(
        "PUT",
        "/v1/me/consents/{scope}",
        "customer",
        "Answer one consent",
        put_consent,
        answer=CONSENT,
        body=_CONSENT_BODY,
        errors=("404",),
        path_values={"scope": SCOPE},
    ),
]

"""What the core bank says of customers, row by row: profile, holdings, tags, consents, cash flows."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.me import CONSENT, SCOPE, consent_state
from service.api.routing import Route, path_value
from service.api.rows import RESULTS, Rows, all_rows, each_row, one_row, row_schema, rows_schema
from service.api.schemas import TEXT, TIME, record
from service.auth import Caller
from service.clock import AHEAD_US, iso, parse_us
from service.errors import Conflict, Invalid, Missing
from service.exchange import schema
from service.runtime import Runtime
from service.stores.protocols import ConsentChange


class Statement(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a full statement of a customer's holdings."""

    as_of: str
    holdings: Rows


class Assignments(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a customer's tags."""

    tags: Rows


class CashFlows(msgspec.Struct, forbid_unknown_fields=True):
    """The body of movements of money."""

    cash_flows: Rows


async def put_customer(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store a customer's whole profile; a column that is left out becomes unknown."""
    customer_id, content = await _asked(request, runtime)
    row = await asyncio.to_thread(one_row, runtime, schema.CUSTOMERS, content, {"customer_id": customer_id})
    await runtime.calls.change([customer_id], runtime.store.put_customer, row)
    return await _state(runtime, customer_id)


async def put_holdings(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store a full statement: what is open and not named has ended; one older than the newest says nothing new."""
    customer_id, content = await _asked(request, runtime)
    body = read_as(content, Statement)
    as_of_us = _statement_time(body.as_of, runtime.clock.now_us())
    given = {"customer_id": customer_id}
    rows = await asyncio.to_thread(all_rows, runtime, schema.HOLDINGS, body.holdings, given, "holdings")
    spells = {(row["product_no"], row["opened_us"]): row for row in rows}
    if any(spells[row["product_no"], row["opened_us"]] != row for row in rows):
        raise Invalid("duplicate_key", "holdings: the same product and opened_at twice with different content")
    stated = list(spells.values())
    is_new = await runtime.calls.change([customer_id], runtime.store.put_holdings, customer_id, as_of_us, stated)
    return json_answer({"customer_id": customer_id, "as_of": iso(as_of_us), "new": is_new, "holdings": len(spells)})


async def put_tags(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store assignments of tags; one that the customer has deleted is not assigned while its tombstone runs."""
    customer_id, content = await _asked(request, runtime)
    given = {"customer_id": customer_id}
    rows = await asyncio.to_thread(all_rows, runtime, schema.TAGS, read_as(content, Assignments).tags, given, "tags")
    assigned = await runtime.calls.change([customer_id], runtime.store.put_tags, customer_id, rows)
    await runtime.calls.follow(runtime.worlds)
    return json_answer({"customer_id": customer_id, "assigned": assigned})


async def put_consent(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store a customer's answer to a consent scope, given elsewhere in the bank."""
    customer_id, content = await _asked(request, runtime)
    scope: str = request.path_params["scope"]
    if scope not in schema.SCOPES:
        raise Missing("unknown_scope", f"consent scope: must be one of {', '.join(schema.SCOPES)}")
    given = {"customer_id": customer_id, "scope": scope}
    row = await asyncio.to_thread(one_row, runtime, schema.CONSENTS, content, given)
    change = ConsentChange(customer_id, scope, row["granted"], row["changed_us"], row["text_version"])
    await runtime.calls.change([customer_id], runtime.store.change_consent, change)
    return json_answer(await consent_state(runtime, customer_id, scope))


async def post_cash_flows(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store movements of money, judged one by one."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), CashFlows)
    rows, results = await asyncio.to_thread(each_row, runtime, schema.CASH_FLOWS, body.cash_flows)
    if rows:
        await runtime.calls.change({row["customer_id"] for row in rows}, runtime.store.put_flows, rows)
    return json_answer({"results": results})


async def _asked(request: Request, runtime: Runtime) -> tuple[str, Any]:
    customer_id = path_value(request, "customer_id")
    return customer_id, await read_json(request, int(runtime.settings.max_body_bytes))


def _statement_time(text: str, now_us: int) -> int:
    as_of_us = parse_us(text)
    if as_of_us is None:
        fault = {"loc": "as_of", "code": "bad_type", "detail": "an ISO 8601 time of the years 1970 to 2199"}
        raise Invalid("bad_field", f"as_of: {fault['detail']}", [fault])
    if as_of_us > now_us + AHEAD_US:
        raise Conflict("time_out_of_range", "as_of: more than 5 minutes ahead")
    return as_of_us


async def _state(runtime: Runtime, customer_id: str) -> Response:
    _, row = await runtime.calls.ask(partial(runtime.store.read, customer_id, personal=False), hurried=False)
    return json_answer({"customer_id": customer_id, "state": None if row is None else row.version})


_HOLDING, _TAG = (row_schema(file, ("customer_id",)) for file in (schema.HOLDINGS, schema.TAGS))
_COUNT = {"type": "integer"}
_CUSTOMER = "/v1/customers/{customer_id}"
_WRITE = "customers:write"

ROUTES = [
    Route(
        "PUT",
        _CUSTOMER,
        _WRITE,
        "A customer's profile",
        put_customer,
        answer=record({"customer_id": TEXT, "state": {"type": ["integer", "null"]}}),
        body=row_schema(schema.CUSTOMERS, ("customer_id",)),
        errors=("409",),
    ),
    Route(
        "PUT",
        _CUSTOMER + "/holdings",
        _WRITE,
        "A full statement of a customer's holdings",
        put_holdings,
        answer=record({"customer_id": TEXT, "as_of": TEXT, "new": {"type": "boolean"}, "holdings": _COUNT}),
        body=rows_schema("holdings", {"as_of": TIME}, _HOLDING),
        errors=("409",),
    ),
    Route(
        "PUT",
        _CUSTOMER + "/tags",
        _WRITE,
        "Tags that the bank assigns to a customer",
        put_tags,
        answer=record({"customer_id": TEXT, "assigned": _COUNT}),
        body=rows_schema("tags", None, _TAG),
        errors=("409",),
    ),
    Route(
        "PUT",
        _CUSTOMER + "/consents/{scope}",
        _WRITE,
        "A consent answered elsewhere in the bank",
        put_consent,
        answer=CONSENT,
        body=row_schema(schema.CONSENTS, ("customer_id", "scope")),
        errors=("404", "409"),
        path_values={"scope": SCOPE},
    ),
    Route(
        "POST",
        "/v1/cash-flows",
        _WRITE,
        "Movements of money",
        post_cash_flows,
        answer=RESULTS,
        body=rows_schema("cash_flows"),
    ),
]

"""The catalogue: one product's record, and taking a product off every shelf at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.routing import Route, path_value
from service.api.rows import RESULTS, Rows, each_row, one_row, row_schema, rows_schema
from service.api.schemas import TEXT, record
from service.auth import Caller
from service.clock import iso
from service.errors import Conflict, Missing
from service.exchange import schema
from service.products import as_tuple
from service.runtime import Runtime

_LISTS = ("open_windows", "regions", "channels", "scenes")
_TIMES = {"sale_from_us": "sale_from", "sale_until_us": "sale_until", "yield_as_of_us": "yield_as_of"}
_HIDDEN = frozenset({"product_no", "category_no", "listed_us", "record"})


class Suspension(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a suspension; `suspended: false` lifts it."""

    suspended: bool = True


class ManyProducts(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/products`."""

    products: Rows


async def get_product(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """A product's record as imported, with its effective grade."""
    product_id = path_value(request, "product_id")
    world = runtime.worlds.last()
    found = world.records.get(product_id)
    if found is None:
        raise Missing("unknown_product", f"product {product_id}: not in the catalogue")
    row = int(world.catalogue.row_of[found["product_no"]])
    shown: dict[str, Any] = {
        _TIMES.get(name, name): _shown(name, value) for name, value in found.items() if name not in _HIDDEN
    }
    grade = int(world.catalogue.grade[row])
    category = world.catalogue.categories.codes[found["category_no"]]
    return json_answer({**shown, "category": category, "risk_effective": f"R{grade}" if grade else None})


async def put_product(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store a product's whole record; a column that is left out becomes unknown. In force when this returns."""
    product_id = path_value(request, "product_id")
    content = await read_json(request, int(runtime.settings.max_body_bytes))
    row = await asyncio.to_thread(one_row, runtime, schema.PRODUCTS, content, {"product_id": product_id})
    await _store(runtime, [row])
    return await get_product(request, runtime, caller)


async def post_products(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Store whole records of many products, judged one by one."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), ManyProducts)
    rows, results = await asyncio.to_thread(each_row, runtime, schema.PRODUCTS, body.products)
    if rows:
        await _store(runtime, rows)
    return json_answer({"results": results})


async def _store(runtime: Runtime, rows: Sequence[Mapping[str, Any]]) -> None:
    try:
        await runtime.calls.change((), runtime.store.put_products, rows, runtime.clock.now_us())
    except ValueError as error:
        raise Conflict("category_changed", str(error)) from None
    await runtime.calls.follow(runtime.worlds)


async def suspend_product(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Take a product off every shelf, in force for every read after this returns."""
    product_id = path_value(request, "product_id")
    # A kill switch works without a body, too.
    empty = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    limit = int(runtime.settings.max_body_bytes)
    body = Suspension() if empty else read_as(await read_json(request, limit), Suspension)
    now_us = runtime.clock.now_us()
    done = await runtime.calls.change((), runtime.store.suspend, product_id, suspended=body.suspended, now_us=now_us)
    if not done:
        raise Missing("unknown_product", f"product {product_id}: not in the catalogue")
    await runtime.calls.follow(runtime.worlds)
    return json_answer({"product_id": product_id, "suspended": body.suspended})


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 - a column's value
    if name in _LISTS:
        return list(as_tuple(value))
    if name in _TIMES:
        return None if value is None else iso(value)
    if name in {"min_amount", "quota_left"}:
        return None if value is None else value / 100
    if name in {"risk_issuer", "risk_distributor"}:
        return None if value is None else f"R{value}"
    return value


_SUSPENSION_BODY = {**record({}, {"suspended": {"type": "boolean"}}), "additionalProperties": False}

_PRODUCT = record({"product_id": TEXT, "category": TEXT})

ROUTES = [
    Route(
        "GET",
        "/v1/products/{product_id}",
        "catalogue:read",
        "A product's record",
        get_product,
        answer=_PRODUCT,
        errors=("404",),
    ),
    Route(
        "PUT",
        "/v1/products/{product_id}",
        "catalogue:write",
        "Store a product's whole record",
        put_product,
        answer=_PRODUCT,
        body=row_schema(schema.PRODUCTS, ("product_id",)),
        errors=("409",),
    ),
    Route(
        "POST",
        "/v1/products",
        "catalogue:write",
        "Store many products' records",
        post_products,
        answer=RESULTS,
        body=rows_schema("products"),
        errors=("409",),
    ),
    Route(
        "POST",
        "/v1/products/{product_id}/suspend",
        "catalogue:write",
        "Take a product off every shelf",
        suspend_product,
        answer=record({"product_id": TEXT, "suspended": {"type": "boolean"}}),
        body=_SUSPENSION_BODY,
        body_required=False,
        errors=("404",),
    ),
]

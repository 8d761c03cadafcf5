"""The audit log for services: every act upon policies in its order."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.query import bad_query, given_once
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, listing, record
from service.auth import Caller
from service.clock import iso
from service.runtime import Runtime
from service.stores._audit import Entry, entries, head

_MOST = 1_000
_PLACES = {"after": (0, 10**12, 0), "limit": (1, _MOST, 100)}  # lowest, highest, default


async def get_audit(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """A page of the log from after a row on, with the hash of the newest row of all."""
    given = given_once(request.query_params, _PLACES)
    return json_answer(await runtime.calls.look(_page, runtime, *(_number(given, name) for name in _PLACES)))


def shown(entry: Entry) -> dict[str, Any]:
    """A row with its time as text and its note as data."""
    said = {name: value for name, value in entry._asdict().items() if name != "at_us"}
    return {**said, "at": iso(entry.at_us), "note": orjson.loads(entry.note)}


def _page(runtime: Runtime, after: int, limit: int) -> dict[str, Any]:
    with runtime.store.connect() as connection:
        rows = [shown(entry) for entry in entries(connection, after=after, limit=limit)]
        return {"head": head(connection), "rows": rows}


def _number(given: dict[str, str], name: str) -> int:
    lowest, highest, usual = _PLACES[name]
    text = given.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) < 14 and lowest <= int(text) <= highest):
        raise bad_query(name, f"a whole number from {lowest} to {highest}")
    return int(text)


_ROW = record(
    {
        "seq": {"type": "integer"},
        **dict.fromkeys(("at", "actor", "action", "object"), TEXT),
        **dict.fromkeys(("before_sha", "after_sha"), NULLABLE_TEXT),
        "note": {"type": "object"},
        **dict.fromkeys(("prev_hash", "hash"), TEXT),
    }
)

ROUTES = [
    Route(
        "GET",
        "/v1/audit",
        "audit:read",
        "The audit log",
        get_audit,
        answer=record({"head": TEXT, "rows": listing(_ROW)}),
        query=tuple(
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": lowest, "maximum": highest, "default": usual},
            }
            for name, (lowest, highest, usual) in _PLACES.items()
        ),
    ),
]

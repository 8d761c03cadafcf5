"""The audit trail of tags over HTTP: what became of tags and of assignments, when and why, customers named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.query import bad_query, given_once
from service.api.routing import Route
from service.api.schemas import DATE, NULLABLE_TEXT, TEXT, Schema, listing, record
from service.auth import Caller
from service.calendar import NOT_A_DATE, day_of_date, parse_date
from service.errors import Missing
from service.exchange.schema import LONGEST
from service.runtime import Runtime
from service.tag_trail import CHANGES, KINDS, LIMIT, PLACE, Asked, tag_number, tag_trail

_USUAL = 100
_PATTERNS = {
    "tag": (rf"^[^\x00-\x1f\x7f]{{1,{LONGEST}}}$", f"1 to {LONGEST} characters, none of them a control character"),
    "customer": (r"^[\x21-\x7e]{1,128}$", "1 to 128 visible ASCII characters"),
    "since": (DATE["pattern"], NOT_A_DATE),
    "until": (DATE["pattern"], NOT_A_DATE),
    "after": (PLACE, "must be the `after` of an answer"),
    "limit": (r"^0*(?:[1-9][0-9]{0,2}|1000)$", f"must be a number from 1 to {LIMIT}"),
}


async def get_history(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Rows of the trail, the newest last; `after` is where the next page begins, null on the last one."""
    return json_answer(await runtime.calls.look(_history, runtime, _given(request.query_params)))


def _given(parameters: QueryParams) -> dict[str, str]:
    """The parameters, each known, given once and as its pattern asks; raises Invalid."""
    given = given_once(parameters, _PATTERNS)
    for name, value in given.items():
        pattern, rule = _PATTERNS[name]
        if not re.fullmatch(pattern, value):
            raise bad_query(name, rule)
    if "since" in given and "until" in given and given["since"] >= given["until"]:
        raise bad_query("since", "must be before until")
    return given


def _history(runtime: Runtime, given: Mapping[str, str]) -> dict[str, Any]:
    tag, limit = given.get("tag"), int(given.get("limit", _USUAL))
    with runtime.store.connect() as connection:
        number = None if tag is None else tag_number(connection, tag)
        if tag is not None and number is None:
            raise Missing("unknown_tag", "tag: no such tag")
        since_us, until_us = (_midnight(runtime, given.get(name)) for name in ("since", "until"))
        asked = Asked(number, given.get("customer"), since_us, until_us)
        page = tag_trail(connection, asked, given.get("after"), limit)
    return {"history": page.rows, "after": page.after}


def _midnight(runtime: Runtime, text: str | None) -> int | None:
    date = None if text is None else parse_date(text)
    return None if date is None else runtime.calendar.midnight_us(day_of_date(date))


def _parameter(name: str, description: str, schema: Schema | None = None) -> dict[str, Any]:
    asked = schema or {"type": "string", "pattern": _PATTERNS[name][0]}
    return {"name": name, "in": "query", "required": False, "schema": asked, "description": description}


_ROW = record(
    {
        "at": TEXT,
        "kind": {"enum": list(KINDS)},
        "tag": TEXT,
        **dict.fromkeys(("name", "customer_id", "before", "reason", "of_tag", "tag_version"), NULLABLE_TEXT),
        "change": {"enum": list(CHANGES)},
        "figures": {"type": "object", "additionalProperties": {"type": ["number", "string", "null"]}},
    }
)

ROUTES = [
    Route(
        "GET",
        "/v1/tags/history",
        "audit:read",
        "What became of tags and assignments, and why",
        get_history,
        answer=record({"history": listing(_ROW), "after": NULLABLE_TEXT}),
        query=(
            _parameter("tag", "of one tag only"),
            _parameter("customer", "of one customer only; the lives of tags are nobody's"),
            _parameter("since", "the first day", DATE),
            _parameter("until", "the day before which the days end", DATE),
            _parameter("after", "where to go on: `after` of the page before"),
            _parameter(
                "limit", "rows of a page", {"type": "integer", "minimum": 1, "maximum": LIMIT, "default": _USUAL}
            ),
        ),
        errors=("404",),
    ),
]

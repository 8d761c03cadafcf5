"""Measured results: one report over some days, made in a process of its own, so that no shelf waits for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.child_command import printed
from service.api.query import bad_query, given_once
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, listing, record
from service.auth import Caller
from service.calendar import NOT_A_DATE, date_of_day, parse_date
from service.errors import Missing, Unavailable
from service.reports.metric import ATTRIBUTIONS, METHODS, REASONS
from service.reports.run import REPORTS
from service.reports.scope import BY
from service.runtime import Runtime

_QUERY = ("since", "until", "by")


async def get_report(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """One report; while another one is made in this process, 503."""
    name = request.path_params["report"]
    if name not in REPORTS:
        raise Missing("unknown_report", f"report: must be one of {', '.join(REPORTS)}")
    options = _options(request.query_params, name, runtime)
    if runtime.reporting.locked():
        raise Unavailable("report_running", "another report is being made; try again when it is done")
    async with runtime.reporting:
        await runtime.calls.long(runtime.decisions.flush)
        return _answer(await printed(runtime, ["report", name, "--json", *options]))


def _options(parameters: QueryParams, name: str, runtime: Runtime) -> list[str]:
    """What is asked for, as options of the command; raises Invalid."""
    query = given_once(parameters, _QUERY)
    by, known = query.get("by"), REPORTS[name].by
    if by is not None and by not in known:
        raise bad_query("by", f"must be one of {', '.join(known)}" if known else "this report is told in one way only")
    days = {field: _day(field, query[field]) for field in ("since", "until") if field in query}
    tomorrow = date_of_day(runtime.calendar.day(runtime.clock.now_us()) + 1)
    if "since" in days and days["since"] >= days.get("until", tomorrow):
        raise bad_query("since", "must be before until")
    return [part for field in _QUERY if field in query for part in (f"--{field}", query[field])]


def _day(field: str, text: str) -> dt.date:
    day = parse_date(text)
    if day is None:
        raise bad_query(field, NOT_A_DATE)
    return day


def _answer(printed: bytes) -> Response:
    told = orjson.loads(printed)
    (report,) = told.pop("reports")
    return json_answer({**told, **report})


_NUMBER = {"type": ["number", "null"]}
_METRIC = record(
    {
        "name": TEXT,
        "group": {"type": "object", "additionalProperties": TEXT},
        **dict.fromkeys(("numerator", "denominator", "value", "low", "high"), _NUMBER),
        "method": {"enum": list(METHODS)},
        "attribution": {"enum": list(ATTRIBUTIONS)},
        "days": {"type": ["integer", "string", "null"]},
        "unit": TEXT,
        "customers": {"type": ["integer", "null"]},
        "reason": {"enum": [*REASONS, None]},
    }
)
_DATE = {"type": "string", "format": "date"}


def _parameter(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


ROUTES = [
    Route(
        "GET",
        "/v1/reports/{report}",
        "reports:read",
        "What the shelf led to",
        get_report,
        answer=record(
            {
                "report": {"enum": list(REPORTS)},
                **dict.fromkeys(("since", "until", "by", "made_at"), TEXT),
                "credits_as_of": NULLABLE_TEXT,
                "credits_complete": {"type": "boolean"},
                **{name: {"type": "integer"} for name in ("days_after_credits", "min_customers")},
                "metrics": listing(_METRIC),
            }
        ),
        query=(
            _parameter("since", _DATE, "the first day; default: 90 days before `until`"),
            _parameter("until", _DATE, "the day before which the days end; default: tomorrow"),
            _parameter("by", {"enum": list(BY)}, "what to tell it by; which of them a report knows, its 422 says"),
        ),
        errors=("404",),
        path_values={"report": {"enum": list(REPORTS)}},
    )
]

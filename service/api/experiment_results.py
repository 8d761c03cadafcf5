"""What came of an experiment, whether it can be trusted, and what one takes: read away from the shelves."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.child_command import printed
from service.api.query import bad_query, given_once
from service.api.routing import Route, path_value
from service.api.schemas import TEXT, TIME, record
from service.auth import Caller
from service.clock import parse_us
from service.errors import Missing, Unavailable
from service.experiments.planning import Planned
from service.experiments.planning_of import Question, plan_of
from service.experiments.results.document import Health, Results
from service.experiments.spec import Experiment
from service.runtime import Runtime

_FLAGS = {"true": True, "false": False}
_UNIT = "customer"


async def get_results(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The verdict and the numbers; while a report or another reading is made in this process, 503."""
    query = given_once(request.query_params, ("as_of", "mature_only", "untrusted", "unit"))
    if query.get("unit", _UNIT) != _UNIT:
        raise bad_query("unit", "must be customer: what one customer does hangs together, and counts once")
    options = ["--json", *_as_of(runtime, query)]
    options += [] if _flag(query, "mature_only", otherwise=True) else ["--immature"]
    options += ["--untrusted"] if _flag(query, "untrusted", otherwise=False) else []
    return await _read(request, runtime, "results", options)


async def get_health(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Whether the experiment can be trusted, and what is looked at for that."""
    query = given_once(request.query_params, ("as_of",))
    return await _read(request, runtime, "health", ["--json", *_as_of(runtime, query)])


async def get_plan(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The customers and days that the experiment takes, by what the bank's own customers did lately."""
    query = given_once(request.query_params, ("mde", "power", "metric", "daily"))
    power = _number(query, "power")
    asked = Question(_number(query, "mde"), 0.8 if power is None else power, query.get("metric", ""))
    asked = asked._replace(daily=_number(query, "daily"))
    experiment = await _known(request, runtime)
    return json_answer(await runtime.calls.long(_planned, runtime, experiment, asked))


def _planned(runtime: Runtime, experiment: Experiment, asked: Question) -> dict[str, Any]:
    try:
        with runtime.store.connect() as connection:
            now_us = runtime.clock.now_us()
            found = plan_of(connection, runtime.calendar, experiment.spec, asked, now_us)
    except ValueError as error:
        field, _, rule = str(error).partition(": ")
        raise bad_query(field, rule or str(error)) from None
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told


async def _known(request: Request, runtime: Runtime) -> Experiment:
    """The experiment of the path; raises Missing."""
    key = path_value(request, "key")
    experiment = await runtime.calls.long(runtime.store.experiment, key)
    if experiment is None:
        raise Missing("unknown_experiment", "there is no such experiment")
    return experiment


async def _read(request: Request, runtime: Runtime, what: str, options: list[str]) -> Response:
    """What the command tells; raises Missing and Unavailable."""
    experiment = await _known(request, runtime)
    if runtime.reporting.locked():
        raise Unavailable("report_running", "another report is being made; try again when it is done")
    async with runtime.reporting:
        await runtime.calls.long(runtime.decisions.flush)
        found = await printed(runtime, ["experiment", what, experiment.key, *options])
    return json_answer(orjson.loads(found))


def _as_of(runtime: Runtime, query: Mapping[str, str]) -> list[str]:
    if "as_of" not in query:
        return []
    as_of_us = parse_us(query["as_of"])
    if as_of_us is None:
        raise bad_query("as_of", "an ISO 8601 time of the years 1970 to 2199")
    if as_of_us > runtime.clock.now_us():
        raise bad_query("as_of", "a time that has come: what customers will do is not known")
    return [f"--as-of={query['as_of']}"]


def _flag(query: Mapping[str, str], field: str, *, otherwise: bool) -> bool:
    text = query.get(field)
    if text is None:
        return otherwise
    if text not in _FLAGS:
        raise bad_query(field, "must be true or false")
    return _FLAGS[text]


def _number(query: Mapping[str, str], field: str) -> float | None:
    if field not in query:
        return None
    try:
        value = float(query[field])
    except ValueError:
        raise bad_query(field, "must be a number") from None
    if not isfinite(value):
        raise bad_query(field, "must be a finite number")
    return value


def _parameter(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _answer(of: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields at the top; what they hold is said by `service.experiments.results.document`."""
    return record({name: {} for name in of.__struct_fields__})


_PATH = "/v1/experiments/{key}"
_AS_OF = _parameter("as_of", TIME, "up to when is read; default: now")
_NUMBER, _FLAG = {"type": "number"}, {"type": "boolean"}

ROUTES = [
    Route(
        "GET",
        f"{_PATH}/results",
        "experiments:read",
        "What came of an experiment",
        get_results,
        answer=_answer(Results),
        query=(
            _AS_OF,
            _parameter("mature_only", _FLAG, "only customers whose window is over; default: true"),
            _parameter("untrusted", _FLAG, "numbers also where they are not to be trusted; default: false"),
            _parameter("unit", {"enum": [_UNIT]}, "what is counted; an impression is no unit"),
        ),
        errors=("404",),
    ),
    Route(
        "GET",
        f"{_PATH}/health",
        "experiments:read",
        "Whether an experiment can be trusted",
        get_health,
        answer=_answer(Health),
        query=(_AS_OF,),
        errors=("404",),
    ),
    Route(
        "GET",
        f"{_PATH}/plan",
        "experiments:read",
        "The customers and days that an experiment takes",
        get_plan,
        answer=_answer(Planned),
        query=(
            _parameter("mde", _NUMBER, "the relative lift to be found; default: the experiment's own"),
            _parameter("power", _NUMBER, "the chance to find it; default: 0.8"),
            _parameter("metric", TEXT, "which of its metrics; default: the first primary one"),
            _parameter("daily", _NUMBER, "new customers a day; default: as in the past days"),
        ),
        errors=("404",),
    ),
]

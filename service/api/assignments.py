"""Which arms a customer is in and why: every step, and no exposure."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.query import bad_query, given_once
from service.api.routing import Route
from service.api.schemas import SHELF_QUERY, TEXT, listing, record
from service.api.shelf import wanted
from service.auth import Caller
from service.ids import is_id
from service.pipeline.asking import AskedAssignments, assignments_of
from service.runtime import Runtime

_KNOWN = ("customer_id", "channel", "placement", "scene")


async def get_assignments(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The arms of one customer for a query, with the reason of every experiment that runs."""
    given = given_once(request.query_params, _KNOWN)
    customer_id = given.get("customer_id", "")
    if not is_id(customer_id):
        raise bad_query("customer_id", "1 to 128 visible ASCII characters")
    asked = wanted({name: value for name, value in given.items() if name != "customer_id"})
    found = await assignments_of(runtime, customer_id, asked.query)
    return json_answer(document(found))


def document(found: AskedAssignments) -> dict[str, Any]:
    """The answer as plain data."""
    return {
        "generation": found.generation,
        "mode": found.mode,
        "global_holdout": found.held_out,
        "layer_holdouts": dict(found.assigned.holdouts or {}),
        "assignments": [msgspec.to_builtins(one) for one in found.assigned.assignments],
        "steps": [step._asdict() for step in found.steps],
        "cannot_run": dict(found.running.unfit),
    }


_ASSIGNMENT = record(
    {"experiment": TEXT, "phase": {"type": "integer"}, "arm": TEXT, "source": TEXT, "propensity": {"type": "number"}}
)
_STEP = record({"layer": TEXT, "experiment": TEXT, "arm": {"type": ["string", "null"]}, "why": TEXT})
_OBJECT = {"type": "object"}
_CUSTOMER = {"name": "customer_id", "in": "query", "required": True, "schema": {**TEXT, "pattern": "^[!-~]{1,128}$"}}
ROUTES = [
    Route(
        "GET",
        "/v1/assignments",
        "experiments:read",
        "Which arms a customer is in, and why",
        get_assignments,
        answer=record(
            {
                "generation": {"type": "integer"},
                "mode": TEXT,
                "global_holdout": {"type": "boolean"},
                "layer_holdouts": _OBJECT,
                "assignments": listing(_ASSIGNMENT),
                "steps": listing(_STEP),
                "cannot_run": _OBJECT,
            }
        ),
        query=(_CUSTOMER, *(one for one in SHELF_QUERY if one["name"] != "lang")),
    ),
]

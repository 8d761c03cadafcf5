"""Why a product was shown: logged decisions, and the same decision taken again."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.routing import Route, path_value
from service.api.schemas import TEXT, listing, record
from service.auth import Caller
from service.errors import Missing, Refused
from service.runtime import Runtime


async def get_decision(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """A decision as it was logged."""
    decision_id = path_value(request, "decision_id")
    await runtime.calls.long(runtime.decisions.flush)
    found = await runtime.calls.look(runtime.store.decision, decision_id)
    if found is None:
        raise Missing("unknown_decision", f"decision {decision_id}: not in the log")
    return json_answer(orjson.loads(found.document))


async def replay_decision(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Take a decision again from its logged facts and compare."""
    decision_id = path_value(request, "decision_id")
    await runtime.calls.long(runtime.decisions.flush)
    try:
        verdict = await runtime.calls.long(runtime.replayer.replay, decision_id)
    except Refused as refusal:
        raise Missing("not_replayable", str(refusal)) from None
    return json_answer(
        {
            "decision_id": decision_id,
            "identical": verdict.identical,
            "differences": verdict.differences,
            "explain": verdict.explanation,
        }
    )


ROUTES = [
    Route("GET", "/v1/decisions/{decision_id}", "audit:read", "A logged decision", get_decision, errors=("404",)),
    Route(
        "POST",
        "/v1/decisions/{decision_id}/replay",
        "audit:read",
        "Take a logged decision again",
        replay_decision,
        answer=record(
            {
                "decision_id": TEXT,
                "identical": {"type": "boolean"},
                "differences": listing(TEXT),
                "explain": {"type": "object"},
            }
        ),
        errors=("404",),
    ),
]

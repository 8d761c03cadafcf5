"""Running experiments for whoever evaluates them with a GrowthBook SDK."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.routing import Route
from service.api.schemas import record
from service.auth import Caller
from service.experiments.growthbook_document import payload
from service.runtime import Runtime


async def get_payload(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The payload of the generation in force, named by its `ETag`."""
    world = runtime.worlds.last()
    running = world.running
    answer = json_answer(payload(tuple(running.layers.values()), tuple(running.experiments.values())))
    answer.headers["ETag"] = f'"{world.versions.generation}"'
    return answer


ROUTES = [
    Route(
        "GET",
        "/v1/export/growthbook.json",
        "experiments:read",
        "The running experiments as a GrowthBook payload",
        get_payload,
        answer=record({"features": {"type": "object"}}),
    ),
]

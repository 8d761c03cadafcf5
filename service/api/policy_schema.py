"""The JSON Schema of policy documents, for editors that complete and check while somebody writes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.routing import Route
from service.auth import Caller
from service.policies.schema import policy_schema
from service.runtime import Runtime


async def get_policy_schema(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """What a document must look like; what a bank has and what rules say of each other is not in it."""
    return json_answer(policy_schema())


ROUTES = [
    Route("GET", "/v1/policies/schema", "policies:read", "The JSON Schema of policy documents", get_policy_schema),
]

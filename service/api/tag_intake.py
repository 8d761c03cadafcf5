"""What is in quarantine and what is wrong with the data of tags, by tag and reason, for services."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender.tag_quality.quarantine import REASONS
from service.api.answers import json_answer
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, Schema, listing, record
from service.auth import Caller
from service.runtime import Runtime
from service.tag_quarantine import quarantine_summary


async def get_quarantine(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Assignments in quarantine by tag and reason, and the findings of the last measuring; nobody is named."""
    return json_answer(await runtime.calls.look(_summary, runtime))


def _summary(runtime: Runtime) -> dict[str, Any]:
    with runtime.store.connect() as connection:
        return quarantine_summary(connection)


_COUNT, _NUMBER = {"type": "integer"}, {"type": "number"}
_HELD: dict[str, Schema] = {"reason": {"enum": list(REASONS[1:])}, "assignments": _COUNT, "customers": _COUNT}
_FINDING = record(
    {
        "of": {"enum": ["tag", "provider"]},
        "name": TEXT,
        "code": TEXT,
        **dict.fromkeys(("numerator", "denominator", "value", "bar"), _NUMBER),
        "is_cause": {"type": "boolean"},
    }
)

ROUTES = [
    Route(
        "GET",
        "/v1/tags/quarantine",
        "tags:read",
        "Assignments of tags that are kept out of use, and why",
        get_quarantine,
        answer=record(
            {
                "reasons": listing(record(_HELD)),
                "tags": listing(record({"tag": TEXT, **_HELD})),
                "measured_at": NULLABLE_TEXT,
                "findings": listing(_FINDING),
            }
        ),
    ),
]

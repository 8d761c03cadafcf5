"""What happened: batches of events, acknowledged one by one after they are on disk."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer, read_as, read_json
from service.api.routing import Route
from service.api.schemas import EVENTS_ANSWER, EVENTS_BODY
from service.auth import Caller
from service.calendar import DAY_US
from service.clock import parse_us
from service.errors import Invalid, Unavailable
from service.events import RETRYABLE, EventEdge, Rejected, read_event
from service.group_commit import Busy
from service.runtime import Runtime
from service.stores._errors import STORE_ERRORS
from service.stores.protocols import EventRecord


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """The body: raw events, each judged by itself."""

    events: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=500)]
    sent_at: str | None = None


async def my_events(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Events of the customer's own app; the error of the device's clock is taken off."""
    return await _ingest(request, runtime, caller.customer_id)


async def service_events(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Events from the bank's systems, money included."""
    return await _ingest(request, runtime, None)


async def _ingest(request: Request, runtime: Runtime, customer_id: str | None) -> Response:
    content = await read_json(request, int(runtime.settings.max_body_bytes))
    batch = _batch(content)
    edge = _edge(runtime, customer_id, batch.sent_at)
    results: list[dict[str, Any]] = []
    accepted: list[tuple[int, EventRecord]] = []
    for index, item in enumerate(batch.events):
        try:
            accepted.append((index, read_event(item, edge)))
            results.append({"index": index, "status": "accepted", "code": None, "retryable": False})
        except Rejected as refusal:
            results.append(_rejected(index, refusal.code, refusal.detail))
    if accepted:
        await _append(runtime, accepted, results)
    for outcome, count in Counter(result["code"] or result["status"] for result in results).items():
        runtime.telemetry.events.labels(outcome).inc(count)
    return json_answer({"results": results}, 202)


async def _append(runtime: Runtime, accepted: list[tuple[int, EventRecord]], results: list[dict[str, Any]]) -> None:
    try:
        outcomes = await runtime.calls.append([event for _, event in accepted])
    except Busy:
        raise Unavailable("busy", "the event store is busy; send the batch again") from None
    except STORE_ERRORS as error:
        raise Unavailable("store_unavailable", f"the events could not be stored: {type(error).__name__}") from None
    for (index, _), appended in zip(accepted, outcomes, strict=True):
        if appended.status == "duplicate":
            results[index]["status"] = "duplicate"
        elif appended.status == "conflict":
            results[index] = _rejected(index, "event_conflict", "event_id: already there with another body")


def _rejected(index: int, code: str, detail: str) -> dict[str, Any]:
    return {"index": index, "status": "rejected", "code": code, "retryable": code in RETRYABLE, "detail": detail}


def _batch(content: object) -> Batch:
    if isinstance(content, dict) and isinstance(content.get("events"), list):
        # Items are judged one by one, so a bad number in one of them must not refuse the batch here.
        shell = {**content, "events": [None] * len(content["events"])}
        checked = read_as(shell, Batch)
        faults = [index for index, item in enumerate(content["events"]) if not isinstance(item, dict)]
        if faults:
            where = f"events[{faults[0]}]"
            raise Invalid("bad_field", f"{where}: an event is an object", [_fault(where)])
        return Batch(content["events"], checked.sent_at)
    return read_as(content, Batch)


def _fault(where: str) -> dict[str, str]:
    return {"loc": where, "code": "bad_type", "detail": "an event is an object"}


def _edge(runtime: Runtime, customer_id: str | None, sent_at: str | None) -> EventEdge:
    now_us = runtime.clock.now_us()
    skew_us = 0
    if sent_at is not None:
        sent_us = parse_us(sent_at)
        if sent_us is None:
            raise Invalid("bad_field", "sent_at: not an ISO 8601 time", [{**_fault("sent_at"), "detail": "not a time"}])
        # The bank's own systems keep the time themselves.
        skew_us = 0 if customer_id is None else now_us - sent_us
    return EventEdge(
        numbers=runtime.worlds.last().numbers,
        keyed=runtime.keyed,
        now_us=now_us,
        retention_us=int(runtime.settings.retention_days) * DAY_US,
        customer_id=customer_id,
        skew_us=skew_us,
    )


ROUTES = [
    Route(
        "POST",
        "/v1/me/events",
        "customer",
        "Events of the customer's app",
        my_events,
        status=202,
        answer=EVENTS_ANSWER,
        body=EVENTS_BODY,
    ),
    Route(
        "POST",
        "/v1/events",
        "events:write",
        "Events from the bank's systems",
        service_events,
        status=202,
        answer=EVENTS_ANSWER,
        body=EVENTS_BODY,
    ),
]

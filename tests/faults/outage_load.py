"""An open-loop client: every call starts at its time, whether those before it have been answered or not."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from service.clock import iso


@dataclass(slots=True)
class Call:
    """One call and its answer; times by the monotonic clock, `status` 0 where there was none."""

    phase: str
    kind: str
    customer_id: str
    began_s: float
    took_s: float
    status: int
    retry_after: str | None
    body: dict[str, Any]

    @property
    def ended_s(self) -> float:
        """When the answer was there."""
        return self.began_s + self.took_s


@dataclass(slots=True)
class Load:
    """What is sent and what came back; `pending` are events nobody acknowledged, by id."""

    client: httpx2.AsyncClient
    customers: list[str]
    now_us: int
    phase: str = "before"
    calls: list[Call] = field(default_factory=list)
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - a load, not a secret
    number: int = 0

    async def run(self, seconds: float, rate: float) -> None:
        """Shelves at `rate` a second for some seconds; every fifth call a batch of events beside it."""
        began, tasks = time.monotonic(), []
        for at in range(round(seconds * rate)):
            await asyncio.sleep(max(0.0, began + at / rate - time.monotonic()))
            tasks.append(asyncio.create_task(self.shelf(self.chance.choice(self.customers))))
            if at % 5 == 0:
                tasks.append(asyncio.create_task(self.send(self._batch())))
        await asyncio.gather(*tasks)

    async def shelf(self, customer_id: str) -> Call:
        """A customer's shelf."""
        return await self.call("shelf", customer_id, f"GET /v1/customers/{customer_id}/shelf")

    async def send(self, events: list[dict[str, Any]]) -> Call:
        """A batch of events; what is not acknowledged stays pending."""
        self.pending |= {event["event_id"]: event for event in events}
        done = await self.call("events", "", "POST /v1/events", {"events": events})
        for result in done.body.get("results", ()) if done.status == 202 else ():
            event_id = events[result["index"]]["event_id"]
            self.acknowledged[event_id] = result["status"]
            self.pending.pop(event_id, None)
        return done

    async def send_again(self) -> list[str]:
        """Everything that was not acknowledged, again until it is, as an app would; how each was answered."""
        events = list(self.pending.values())
        for _ in range(10):
            waiting = list(self.pending.values())
            for start in range(0, len(waiting), 100):
                await self.send(waiting[start : start + 100])
            if not self.pending:
                break
            await asyncio.sleep(1.0)
        return [self.acknowledged.get(event["event_id"], "lost") for event in events]

    async def call(
        self, kind: str, customer_id: str, route: str, body: dict[str, Any] | None = None, *, token: str = ""
    ) -> Call:
        """Any call of a route ("GET /livez"), recorded under the phase it began in; `token` makes it the customer's."""
        method, path = route.split(" ")
        phase, began = self.phase, time.monotonic()
        headers = {"Authorization": f"Bearer {token}"} if token else None
        try:
            answer = await self.client.request(method, path, json=body, headers=headers)
            status, after, content = answer.status_code, answer.headers.get("retry-after"), answer.json()
        except httpx2.HTTPError as error:
            status, after, content = 0, None, {"error": repr(error)}
        done = Call(phase, kind, customer_id, began, time.monotonic() - began, status, after, content)
        self.calls.append(done)
        return done

    def of(self, kind: str, *phases: str) -> Iterator[Call]:
        """The recorded calls of a kind, in some phases or all."""
        return (call for call in self.calls if call.kind == kind and (not phases or call.phase in phases))

    def _batch(self) -> list[dict[str, Any]]:
        self.number += 1
        return [
            {
                "event_id": f"outage-{self.number}-{place}",
                "customer_id": self.chance.choice(self.customers),
                "kind": "login",
                "occurred_at": iso(self.now_us - 60_000_000 + self.number * 1_000),
            }
            for place in range(3)
        ]


@dataclass(slots=True)
class Seen:
    """What happened beside the load; phases begin and end by the monotonic clock."""

    personal: set[str] = field(default_factory=set)  # whose shelf was personal before anything failed
    withdrawn: set[str] = field(default_factory=set)  # switched personalisation off, acknowledged before
    refused: set[str] = field(default_factory=set)  # tried to while the database did not answer
    suspended: str = ""
    began_s: dict[str, float] = field(default_factory=dict)
    ended_s: dict[str, float] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)  # how each event was answered that was sent once more
    replays: list[bool] = field(default_factory=list)
    dropped: float = 0.0  # decisions that the log lost


@contextmanager
def in_phase(load: Load, seen: Seen, name: str) -> Iterator[None]:
    """Calls that begin within are recorded under `name`."""
    load.phase, seen.began_s[name] = name, time.monotonic()
    try:
        yield
    finally:
        seen.ended_s[name] = time.monotonic()

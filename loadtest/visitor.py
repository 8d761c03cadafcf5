"""What all callers have in common: the run's plan and customers, a pace, and one way to ask and to judge an answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from json import JSONDecodeError
from typing import Any, ClassVar, NamedTuple

from locust import FastHttpUser

from loadtest.answers import shelf_fault
from loadtest.arrivals import Arrivals
from loadtest.customers import Customers
from loadtest.plan import Plan
from loadtest.service_time import ServiceTime
from loadtest.tally import Tally

TIMEOUT_S = 60.0

Judge = Callable[[Any], str | None]


class Run(NamedTuple):
    """What the callers of one run share."""

    plan: Plan
    customers: Customers
    tally: Tally
    chance: random.Random


class Call(NamedTuple):
    """One call: its name in the report, what is sent, and the status that a good answer has."""

    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None
    status: int = 200


class Visitor(FastHttpUser):
    """A caller over HTTP; every answer is judged, and whatever is wrong with one is an error of the run."""

    abstract = True
    connection_timeout = TIMEOUT_S
    network_timeout = TIMEOUT_S
    max_retries = 0
    run_of_load: Run
    service_time: ClassVar[ServiceTime] = ServiceTime()
    is_late: bool | None = None  # of a visit that has not asked for anything yet

    def on_start(self) -> None:
        """Begin to keep the pace; the first visit has its time too, so that not all begin at once."""
        plan = self.run_of_load.plan
        self.arrivals = Arrivals(plan.rate / plan.users, self.run_of_load.chance)
        time.sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds until the next visit."""
        seconds = self.arrivals.wait()
        self.is_late = seconds == 0.0
        return seconds

    @property
    def service_headers(self) -> dict[str, str]:
        """The service key."""
        return {"X-API-Key": self.run_of_load.plan.key}

    def shelf(self, customer_id: str) -> Any:  # noqa: ANN401 - JSON
        """The customer's own shelf, None where it was bad."""
        headers = self.run_of_load.customers.headers(customer_id)
        found = self.ask(Call("shelf", "GET", "/v1/me/shelf", headers), shelf_fault)
        if found is not None:
            self.service_time.hear(found["as_of"])
            self.run_of_load.tally.note_model(time.time(), str(found["versions"]["model"]))
        return found

    def ask(self, call: Call, judge: Judge = lambda answer: None) -> Any:  # noqa: ANN401 - JSON
        """The answer's JSON, None where its status, form or content is not as it should be."""
        began, start = time.time(), time.perf_counter()
        if self.is_late is not None:
            self.run_of_load.tally.note_visit(began, late=self.is_late)
            self.is_late = None
        body = {} if call.body is None else {"json": call.body}
        with self.client.request(
            call.method, call.path, name=call.name, headers=dict(call.headers), catch_response=True, **body
        ) as response:
            ms = (time.perf_counter() - start) * 1000
            answer, fault = _judged(response, call, judge)
            if fault is None:
                response.success()
            else:
                response.failure(fault)
        self.run_of_load.tally.note(call.name, began, ms, fault)
        return answer if fault is None else None


def _judged(response: Any, call: Call, judge: Judge) -> tuple[Any, str | None]:  # noqa: ANN401 - locust's response
    if response.status_code != call.status:
        error = getattr(response, "error", None)
        reason = type(error).__name__ if response.status_code == 0 and error is not None else _code(response)
        return None, f"status {response.status_code} {reason}".rstrip()
    try:
        answer = response.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return None, "the answer is not JSON"
    try:
        return answer, judge(answer)
    except (KeyError, TypeError, AttributeError) as error:
        return None, f"malformed: {type(error).__name__} {error}"


def _code(response: Any) -> str:  # noqa: ANN401 - locust's response
    """The code of a problem document, where there is one."""
    try:
        return str(response.json().get("code", ""))
    except (AttributeError, TypeError, ValueError):
        return ""

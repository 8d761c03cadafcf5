"""Customers with the bank's app: a shelf, then what they looked at."""

from __future__ import annotations

from locust import task

from loadtest.answers import events_fault
from loadtest.looks import looks
from loadtest.visitor import Call, Visitor

_TAGS, _SWITCH, _LEAVES_AT_ONCE = 0.05, 0.03, 0.2


class Shoppers(Visitor):
    """90 of 100: mostly shelf and events, sometimes a look at what the bank knows of them."""

    weight = 90

    @task
    def visit(self) -> None:
        """One visit."""
        run = self.run_of_load
        customer_id = run.customers.pick()
        headers = run.customers.headers(customer_id)
        shelf = self.shelf(customer_id)
        if shelf is None or run.chance.random() < _LEAVES_AT_ONCE:
            return
        events = looks(shelf, run.chance, self.service_time.now())
        if events:
            call = Call("my events", "POST", "/v1/me/events", headers, {"events": events}, 202)
            self.ask(call, lambda answer: events_fault(answer, len(events)))
        if run.chance.random() < _TAGS:
            self.ask(Call("my tags", "GET", "/v1/me/tags", headers), lambda answer: _lacks(answer, "tags"))
        if run.chance.random() < _SWITCH:
            call = Call("my switch", "GET", "/v1/me/personalisation", headers)
            self.ask(call, lambda answer: _lacks(answer, "enabled"))


def _lacks(answer: dict[str, object], name: str) -> str | None:
    return None if name in answer else f"no {name} in the answer"

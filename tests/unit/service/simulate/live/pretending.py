"""A service made of a few lines: shelves by chance, and a memory of everything that it was told."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

import numpy as np

from service.progress import silent
from service.simulate.bank import Bank
from service.simulate.live.client import Answer, Call
from service.simulate.live.founding import bank_again
from service.simulate.live.life import Life
from service.simulate.live.plan import Plan
from service.simulate.run import SimulationSize

UNTIL = dt.date(2026, 3, 1)
SIZE = SimulationSize(customers=500, products=80, days=120, seed=5)
CARDS = 9
AHEAD = dt.timedelta(minutes=5)


class PretendedService:
    """Answers as the service does; a customer with an even number gets policy `base`, the others `variant`."""

    def __init__(self, bank: Bank) -> None:
        self.products = len(bank.catalogue.products)
        self.customers = bank.people.size
        self.now = dt.datetime.fromtimestamp(bank.period.as_of + 4 * 3_600, tz=dt.UTC)
        self.known = {f"P{place:05d}": product for place, product in enumerate(bank.catalogue.products)}
        self.events: list[dict[str, Any]] = []
        self.flows: list[dict[str, Any]] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.consents: list[tuple[str, dict[str, Any]]] = []
        self.profiles: list[str] = []
        self.jobs: list[str] = []
        self.decisions = 0

    def close(self) -> None:
        """Nothing to close."""

    def tell(self, call: Call) -> Any:
        return self.ask(call).content

    def tell_all(self, calls: Sequence[Call]) -> list[Any]:
        return [self.tell(call) for call in calls]

    def begin(self, calls: Sequence[Call]) -> Future[list[Any]]:
        done: Future[list[Any]] = Future()
        done.set_result(self.tell_all(calls))
        return done

    def ask(self, call: Call) -> Answer:  # noqa: C901 - one case a call of the interface
        body: Any = call.body
        parts = call.path.strip("/").split("/")[1:]
        match [call.method, *parts]:
            case ["PUT", "dev", "clock"]:
                moved = dt.datetime.fromisoformat(body["now"])
                assert moved >= self.now, "the clock never goes back"
                self.now = moved
            case ["POST", "shelves"]:
                return Answer(200, {"shelves": [self._shelf(one) for one in body["customers"]]})
            case ["POST", "events"]:
                return Answer(202, {"results": [self._take(self.events, event) for event in body["events"]]})
            case ["POST", "cash-flows"]:
                return Answer(200, {"results": [self._take(self.flows, flow) for flow in body["cash_flows"]]})
            case ["POST", "products"]:
                self.known |= {row["product_id"]: row for row in body["products"]}
            case ["PUT", "customers", customer, "tags"]:
                self.tags += [(customer, row) for row in body["tags"]]
            case ["PUT", "customers", customer, "consents", _]:
                self.consents.append((customer, body))
            case ["PUT", "customers", customer]:
                self.profiles.append(customer)
            case ["POST", "dev", "jobs", job]:
                self.jobs.append(job)
                return Answer(200, {"exit_code": 0, "line": ""})
            case _:
                raise AssertionError(call)
        return Answer(200, {})

    def _take(self, kept: list[dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
        assert dt.datetime.fromisoformat(row["occurred_at"]) <= self.now + AHEAD, "nothing is told before it happens"
        assert row.get("product_id", "P00000") in self.known, "a product is launched before anybody buys it"
        kept.append(row)
        return {"status": "accepted"}

    def _shelf(self, customer: str) -> dict[str, Any]:
        number = int(customer[1:])
        self.decisions += 1
        products = np.random.default_rng([number, self.decisions]).permutation(self.products)[:CARDS].tolist()
        cards = [
            {
                "product_id": f"P{product:05d}",
                "slot": place % 3 + 1,
                "task": {"task_id": "t"} if 3 <= place < 6 else None,
                "tracking": f"{self.decisions}/{place + 1}",
            }
            for place, product in enumerate(products)
        ]
        zones = [[{"cards": cards[start : start + 3]}] for start in (0, 3, 6)]
        return {
            "decision_id": f"D{self.decisions}",
            "mode": "holdout" if number % 20 == 7 else "personal",
            "versions": {"policy": "variant@2" if number % 2 else "base@1"},
            "experiments": [{"key": "half", "arm": "a" if number % 2 else "b"}],
            "tiers": [{"zones": one} for one in zones],
            "public": [],
        }


@cache
def _bank() -> Bank:
    return bank_again(plan(), silent)


def bank() -> Bank:
    """The small bank at the end of its simulated days, to be changed at will."""
    return copy.deepcopy(_bank())


def plan(**options: Any) -> Plan:
    """A plan of three weeks for the small bank."""
    return Plan(**{"weeks": 3, "until": UNTIL, "size": SIZE, "visits": 2.0, **options})


def lived(**options: Any) -> tuple[Life, PretendedService]:
    """A bank that has lived through its plan, and the service that it lived with."""
    given, small = plan(**options), bank()
    service = PretendedService(small)
    life = Life(service, small, given, int(service.now.timestamp()))  # type: ignore[arg-type]
    for number in range(given.weeks):
        life.week(number)
    return life, service

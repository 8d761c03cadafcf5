"""The user mix for locust: shoppers 90, reporters 9, flippers 1, under the plan that `python -m loadtest` writes."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

from locust import LoadTestShape, events

from loadtest.customers import Customers
from loadtest.plan import Plan, given_plan
from loadtest.scenarios.flippers import Flippers
from loadtest.scenarios.reporters import Reporters
from loadtest.scenarios.shoppers import Shoppers
from loadtest.shapes import users_at
from loadtest.tally import Tally
from loadtest.visitor import Run, Visitor

__all__ = ["Course", "Flippers", "Reporters", "Shoppers"]

PLAN: Plan = given_plan()
_CHANCE = random.Random(PLAN.seed)
RUN = Run(PLAN, Customers(PLAN, _CHANCE), Tally(samples=PLAN.samples), _CHANCE)
Visitor.run_of_load = RUN


class Course(LoadTestShape):
    """The shape of the plan, to its end; past it while something that must happen under load still does."""

    def tick(self) -> tuple[int, float] | None:
        """Callers and how many may join in a second; None ends the run."""
        passed = time.perf_counter() - self.start_time
        if passed >= PLAN.seconds and not Path(PLAN.busy).exists():
            return None
        return users_at(PLAN.shape, passed / PLAN.seconds, PLAN.users), float(PLAN.users)


def write_result(environment: Any, **_: Any) -> None:  # noqa: ANN401 - locust's own
    """Write what was measured to where the plan says; locust counts exceptions of a scenario, which are errors too."""
    result = RUN.tally.as_dict()
    for error in environment.runner.exceptions.values():
        result["faults"][f"scenario: {error['msg']}"] = error["count"]
    Path(PLAN.result).write_text(json.dumps(result), encoding="utf-8")


events.test_stop.add_listener(write_result)  # type: ignore[no-untyped-call]

"""Callers whose questions are recorded and whose answers are handed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from locust.env import Environment

from loadtest.customers import Customers
from loadtest.plan import Plan
from loadtest.tally import Tally
from loadtest.visitor import Run

Answers = Callable[[Any], Any]


def user_of(scenario: type[Any], plan: Plan, answers: Answers) -> tuple[Any, list[Any]]:
    """A started user of a scenario and the calls that it makes; an answer goes through the call's own judge."""
    asked: list[Any] = []

    class Asking(scenario):  # type: ignore[misc]
        def ask(self, call: Any, judge: Callable[[Any], str | None] = lambda answer: None) -> Any:
            asked.append(call)
            answer = answers(call)
            fault = judge(answer)
            self.run_of_load.tally.note(call.name, 0.0, 1.0, fault)
            return answer if fault is None else None

    chance = random.Random(3)  # noqa: S311 - load is no secret
    Asking.run_of_load = Run(plan, Customers(plan, chance), Tally(), chance)
    Asking.host = plan.url
    user = Asking(Environment())
    user.on_start()
    return user, asked

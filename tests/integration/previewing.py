"""What tests of previews ask for, at a clock that stands still."""

from __future__ import annotations

from typing import Any

from service.clock import Clock
from tests.sample_bank import Service

CANDIDATE: dict[str, Any] = {
    "arrangement": {"category_cap": 1, "explore": {"transferable": {"slots": 2, "eps": 0.5}}},
    "tasks": {"per_shelf": 1},
    "holdout_share": 0.3,
    "unmeasured_quality": 0.1,
    "thresholds": {"migratable": {"enter": 0.2, "leave": 0.1}},
    "rules": [
        {"name": "no_funds", "when": {"age": {"at_least": 50}}, "then": {"withhold": {"zones": ["fund"]}}},
        {
            "name": "savers",
            "when": {"segment": ["savings"]},
            "then": {"boost": {"select": {"zones": ["cash"]}, "by": 1}},
        },
    ],
}
STRANGERS = ["nobody-knows-me", "~odd!id~"]
PATH = "/v1/policies/preview"


class Standing(Clock):
    """A clock that stands still."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us


def stop_clock(service: Service) -> None:
    """From now on it is now."""
    service.runtime.clock = Standing(service.runtime.clock.now_us())


def ask(service: Service, body: dict[str, Any], path: str = PATH, expected: int = 200) -> dict[str, Any]:
    """The answer to a preview."""
    answer = service.client.post(path, json=body, headers=service.as_service)
    assert answer.status_code == expected, answer.text
    told: dict[str, Any] = answer.json()
    return told


def everybody(service: Service) -> list[str]:
    """All customers of the bank and two whom it does not know."""
    return [*service.runtime.store.customer_ids(), *STRANGERS]

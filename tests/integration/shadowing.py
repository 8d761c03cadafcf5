"""What tests of shadows ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from service.policies.life import Draft, PolicyLife
from service.stores._policies import Act
from tests.sample_bank import Service

CANDIDATE = {"arrangement": {"category_cap": 1}, "tasks": {"per_shelf": 1}}
TABLES = ("tiers", "categories", "products", "moves", "withheld", "withheld_by_rule", "tasks")
PATH = "/v1/policies/default/versions/2/shadow"
FOLLOWED_S = 2.0


def draft(service: Service, document: dict[str, Any]) -> str:
    """The path of the shadow of a new draft."""
    act = Act("mei", service.runtime.clock.now_us())
    found = PolicyLife(service.runtime.store).draft(act, "default", Draft(document))
    return f"/v1/policies/default/versions/{found.version}/shadow"


def call(service: Service, method: str, path: str = PATH, expected: int = 200, **given: Any) -> dict[str, Any]:
    """The body of an answer of that status."""
    answer = service.client.request(method, path, headers=service.as_service, **given)
    assert answer.status_code == expected, answer.text
    body: dict[str, Any] = answer.json()
    return body


def start(service: Service, share: float = 1.0, path: str = PATH) -> dict[str, Any]:
    """Start a shadow."""
    return call(service, "POST", path, 201, json={"share": share})


def until(holds: Callable[[], bool], limit_s: float = 10.0) -> float:
    """Seconds until something holds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < limit_s
        time.sleep(0.02)
    return time.monotonic() - began


def customers(service: Service) -> list[str]:
    """All customers of the small bank, and one whom nobody knows."""
    return [*service.runtime.store.customer_ids(), "stranger"]


def serve_everybody(service: Service, placement: str = "home", limit: int = 1_000) -> list[str]:
    """The ids of the decisions of a shelf for every customer."""
    everybody, found = customers(service)[-limit:], []
    for first in range(0, len(everybody), 100):
        body = {"customers": everybody[first : first + 100], "placement": placement}
        found += [one["decision_id"] for one in call(service, "POST", "/v1/shelves", json=body)["shelves"]]
    return found


def settled(service: Service, number: int, path: str = PATH) -> dict[str, Any]:
    """The report when so many decisions have come to their outcome."""
    report: dict[str, Any] = {}

    def done() -> bool:
        report.update(call(service, "GET", path))
        return bool(report["compared"] + report["failed"] + report["skipped"] == number)

    until(done)
    return report


def counted(service: Service) -> dict[str, float]:
    """What the process counts of its shadow, by outcome."""
    families = text_string_to_metric_families(service.client.get("/metrics").text)
    return {
        sample.labels["outcome"]: sample.value
        for family in families
        if family.name == "huojia_shadow"
        for sample in family.samples
        if sample.name.endswith("_total")
    }

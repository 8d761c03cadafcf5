"""What became of the versions of a policy, as answers and commands tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from service.clock import iso
from service.errors import Missing
from service.stores import tables
from service.stores._policies import rows_of
from service.stores.protocols import Store


def history_of(store: Store, name: str) -> dict[str, list[dict[str, Any]]]:
    """Activations, verdicts and schedules with their steps; raises Missing where no policy has the name."""
    if not store.policies(name):
        raise Missing("unknown_policy", f"policy {name}: there is none of this name")
    with store.connect() as connection:
        of = (tables.Activations, tables.PolicyApprovals, tables.PolicySchedules)
        activations, approvals, schedules = (shown_rows(rows_of(connection, table, name=name)) for table in of)
        for schedule in schedules:
            steps = rows_of(connection, tables.PolicyScheduleSteps, schedule=schedule["seq"])
            schedule["steps"] = shown_rows(steps)
    return {"activations": activations, "approvals": approvals, "schedules": schedules}


def shown_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of tables with their times as text: `at_us` is shown as `at`, `starts_us` as `starts_at`."""
    return [{_shown_name(name): _shown(name, value) for name, value in row.items()} for row in rows]


def _shown_name(name: str) -> str:
    return "at" if name == "at_us" else re.sub("_us$", "_at", str(name))


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 - a column's value
    return iso(value) if name.endswith("_us") and value is not None else value

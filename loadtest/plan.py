"""What one run of load is: where to, as whom, how much and for how long; handed to locust as a file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VARIABLE = "HUOJIA_LOADTEST_PLAN"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of load.

    `rate` are visits a second of all users together; one visit is two calls or more. `customers` are served to
    shoppers, most active first; `reserved` belong to the flippers alone, one to each. The run goes on past `seconds`
    while the file `busy` exists.
    """

    url: str
    key: str
    jwt_key: str
    jwt_issuer: str
    jwt_audience: str
    customers: list[str]
    reserved: list[str]
    result: str
    busy: str
    users: int = 100
    rate: float = 60.0
    seconds: float = 30.0
    shape: str = "steady"
    seed: int = 7
    samples: bool = False

    def write(self, path: Path) -> None:
        """Write the plan, readable by its owner alone: it holds a key."""
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)


def given_plan() -> Plan:
    """The plan that the environment names; raises SystemExit with what to do where there is none."""
    path = os.environ.get(VARIABLE)
    if not path:
        raise SystemExit(f"{VARIABLE} names no plan; start the load with `make loadtest` or `python -m loadtest`")
    fields: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
    return Plan(**fields)

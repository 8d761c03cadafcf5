"""A run of load without a service: locust left unpatched, and a plan."""

from __future__ import annotations

import os
import random
from importlib import import_module

import pytest

from loadtest.plan import Plan

# Locust patches sockets and threads of the process that imports it, unless it is told not to; one that is started
# from here must patch itself again.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import_module("locust")
del os.environ["LOCUST_SKIP_MONKEY_PATCH"]


@pytest.fixture
def plan() -> Plan:
    """A plan for five customers and two flippers."""
    return Plan(
        url="http://127.0.0.1:1",
        key="hj_k.secret",
        jwt_key="j" * 32,
        jwt_issuer="issuer",
        jwt_audience="audience",
        customers=[f"c{number}" for number in range(5)],
        reserved=["r0", "r1"],
        result="",
        busy="",
        users=2,
        rate=1e9,
    )


@pytest.fixture
def chance() -> random.Random:
    return random.Random(1)  # noqa: S311 - load is no secret

"""A plan for a bank: whom to load it with, the key and the names its service believes; and arguments of commands."""

from __future__ import annotations

import argparse
from typing import Any

from loadtest.bank import Bank, CannotRun
from loadtest.plan import Plan

RESERVED = 50
_SAMPLE = 20_000
_SCOPES = ("shelf:read", "catalogue:*", "audit:read")
_CONFIG = {"jwt_issuer": "HUOJIA_JWT_ISSUER", "jwt_audience": "HUOJIA_JWT_AUDIENCE"}


def plan_for(bank: Bank, url: str, **more: Any) -> Plan:  # noqa: ANN401 - fields of the plan
    """A plan with the bank's customers and a new key; raises CannotRun where it has too few of them."""
    ids = bank.json("customers", "sample", str(_SAMPLE))
    if len(ids) < 2:
        raise CannotRun("the bank has too few customers with a personal shelf")
    kept = min(RESERVED, len(ids) // 2)
    config = {one["variable"]: one["value"] for one in bank.json("check-config")["settings"]}
    key = bank.json("keys", "create", *(part for scope in _SCOPES for part in ("--scope", scope)))["key"]
    names = {name: config[variable] for name, variable in _CONFIG.items()}
    owned = {"customers": ids[:-kept], "reserved": ids[-kept:], "jwt_key": bank.environment["HUOJIA_JWT_KEY"]}
    return Plan(**{"url": url, "key": key, "result": "", "busy": "", **names, **owned, **more})


def positive(text: str) -> int:
    """A whole number from 1, as an argument."""
    number = count(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return number


def count(text: str) -> int:
    """A whole number from 0, as an argument."""
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number from 0")
    return int(text)


def above_zero(text: str) -> float:
    """A number above 0, as an argument."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("a number above 0")
    return number

"""A decision as the log has it, as far as reports read it."""

from __future__ import annotations

from typing import Any

import msgspec


class _Slot(msgspec.Struct):
    product_id: str
    tier: str
    slot: int
    task: dict[str, Any] | None = None
    reason: str = ""


class _Outcome(msgspec.Struct):
    mode: str
    slots: list[_Slot]
    stage: str | None = None
    segments: list[str] = []
    rules: list[str] = []
    withheld_by: dict[str, int] = {}


class _Versions(msgspec.Struct, frozen=True):
    policy: str = ""


class Logged(msgspec.Struct):
    """A logged decision, as far as reports read it; what an older one lacks is empty."""

    outcome: _Outcome
    degraded: list[str] = []
    versions: _Versions = _Versions()


logged_of = msgspec.json.Decoder(Logged).decode
"""The decision in a document of the log."""

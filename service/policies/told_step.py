"""What an act may have done to a policy version: an act that finds it changed by hand must not make that right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.stores._audit import Entry

Row = Mapping[str, Any]
_STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"-draft"}),
    "edit": frozenset({"draft-draft", "in_review-draft", "approved-draft"}),
    "submit": frozenset({"draft-in_review"}),
    "approve": frozenset({"in_review-approved"}),
    "reject": frozenset({"in_review-draft"}),
    "waive": frozenset({"-draft", "draft-in_review", "in_review-approved"}),
    "retire": frozenset({"published-retired"}),
}
"""The states before and after an act; all other acts put an approved version in force or change none."""
_IN_FORCE = frozenset({"approved-published", "published-published"})
_WRITTEN = ("sha256", "comment", "authors")


def strange_step(entry: Entry, before: Row | None, after: Row) -> str | None:
    """What the act of an entry cannot have done to a version, as it was told last and as the act left it."""
    label = f"{after['name']}@{after['version']}"
    was = "" if before is None else before["state"]
    if f"{was}-{after['state']}" not in _STEPS.get(entry.action, _IN_FORCE):
        return f"{label} was {was or 'not there'} and is {after['state']}, which '{entry.action}' does not do"
    if before is None:
        return None
    kept = [name for name in after if name not in {"state", *_WRITTEN}]
    changed = [name for name in kept if after[name] != before[name]]
    if entry.action == "edit":
        if not set(json.loads(before["authors"])) <= set(json.loads(after["authors"])):
            changed.append("authors")
        if entry.before_sha != before["sha256"]:
            changed.append("sha256")
    else:
        changed += [name for name in _WRITTEN if after[name] != before[name]]
    return f"{label}: {changed[0]} was changed before '{entry.action}' by no act" if changed else None

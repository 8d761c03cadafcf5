"""The data of tags in the terminal: what is in quarantine and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.bootstrap import store_of
from service.commands.nothing import say_none
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.settings import Settings
from service.tag_quarantine import quarantine_summary, quarantined_rows

_COUNTS = ("assignments", "customers")
_FOUND = ("of", "name", "code", "numerator", "denominator", "value", "bar")
_ROW = ("customer_id", "tag", "reason", "assigned_at", "since")


def quarantine(settings: Settings, tag: str, *, rows: bool, as_json: bool) -> None:
    """Print what is in quarantine and what was found; `rows`: every assignment too. Raises Refused for no such tag."""
    with store_of(settings) as store, store.connect() as connection:
        known = {item["tag"] for item in store.tag_version(store.versions().tags)}
        if tag and tag not in known:
            raise Refused(f"--tag {tag!r}: no such tag")
        told = quarantine_summary(connection, tag or None)
        listed = list(quarantined_rows(connection, tag or None)) if rows else []
    if as_json:
        say_json({**told, "rows": listed} if rows else told)
        return
    if not known:
        say_none("tag", settings, "`huojia import FOLDER` brings them")
        return
    say_table("in quarantine", ("reason", *_COUNTS), [[one["reason"], *_counts(one)] for one in told["reasons"]])
    if told["tags"]:
        columns, of = ("tag", "reason", *_COUNTS), told["tags"]
        say_table("by tag", columns, [[one["tag"], one["reason"], *_counts(one)] for one in of])
    if rows:
        say_table("assignments", _ROW, [[one[name] for name in _ROW] for one in listed])
    if told["measured_at"] is None:
        say("not measured yet: `huojia measure-tags` checks the data of tags")
        return
    say_findings(told["findings"])
    say(f"checked at {told['measured_at']}; assignments in quarantine count nowhere until nothing speaks against them")


def say_findings(findings: Iterable[Mapping[str, Any]]) -> None:
    """What is wrong with the data of tags, or that nothing is."""
    rows = [
        (*(one[name] for name in _FOUND[:3]), *(f"{one[name]:.4g}" for name in _FOUND[3:]), *_leads(one))
        for one in findings
    ]
    if rows:
        say_table("data of tags", (*_FOUND, "leads to"), rows)
    else:
        say("nothing is wrong with the data of tags")


def _leads(finding: Mapping[str, Any]) -> tuple[str]:
    return ("watch" if finding["is_cause"] else "",)


def say_moved(counts: Mapping[tuple[int, str | None], int], codes: Sequence[str]) -> None:
    """What went into quarantine and out of it; nothing where nothing did."""
    if counts:
        columns = ("tag", "reason", "assignments")
        say_table(
            "quarantine", columns, [[one[name] or "released" for name in columns] for one in moved(counts, codes)]
        )


def moved(counts: Mapping[tuple[int, str | None], int], codes: Sequence[str]) -> list[dict[str, Any]]:
    """Assignments put into quarantine by tag and reason, or released from it (null)."""
    ordered = sorted(counts.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    return [{"tag": codes[tag], "reason": reason, "assignments": count} for (tag, reason), count in ordered]


def _counts(row: Mapping[str, Any]) -> list[object]:
    return [row[name] for name in _COUNTS]

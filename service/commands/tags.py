"""The loop from purchases back to tags: attribution, measuring, and the table of tag quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.bootstrap import runtime_of, store_of
from service.calendar import BankCalendar, date_of_day
from service.clock import iso, parse_us
from service.commands.dates import instant_of
from service.commands.nothing import say_if_nobody, say_none
from service.commands.output import say, say_json, say_table
from service.commands.tag_intake import moved, say_findings, say_moved
from service.errors import Refused
from service.jobs.attribute import attribute as credit_purchases
from service.jobs.by_hand import ByHand
from service.jobs.measure_tags import Measured
from service.jobs.measure_tags import measure_tags as measure_all
from service.progress import progress_bar
from service.reports._suppression import MIN_CUSTOMERS
from service.runtime import Runtime
from service.settings import Settings
from service.tag_evidence import EVIDENCE, SOURCES
from service.tag_lives import Change
from service.tag_quality import told_qualities

_TABLE = (
    ("n_eff", "n eff", 0),
    ("truthfulness", "truth", 3),
    ("followed", "seen", 0),
    ("precision", "precision", 3),
    ("base_rate", "base", 3),
    ("durability", "durab", 3),
    ("half_life_days", "½ life", 0),
    ("uniqueness", "uniq", 3),
    ("quality", "Q", 3),
)
"""Columns of a measured tag; those of which bounds are measured show them. What uniqueness is made of: `--json`."""


def attribute(settings: Settings, *, from_scratch: bool, as_json: bool) -> None:
    """Credit purchases; what the shelf led to is told by `huojia report`."""
    with runtime_of(settings) as runtime:
        with progress_bar() as progress, ByHand(runtime, "attribute", progress) as run:
            done = credit_purchases(runtime, run, from_scratch=from_scratch)
            run.line = f"{done.customers} customers credited anew, with {done.purchases} purchases"
        if as_json:
            say_json({"customers": done.customers, "purchases": done.purchases})
            return
        say(run.line)
        say_if_nobody(runtime.store, settings)


def measure_tags(
    settings: Settings, asked: tuple[str, str], *, from_scratch: bool, dry_run: bool, as_json: bool
) -> None:
    """Measure as of a time with some evidence, put in force and print."""
    as_of, evidence = asked
    with runtime_of(settings) as runtime, progress_bar() as progress:
        at_us, sources, codes = _instant(runtime, as_of), _sources(evidence), runtime.worlds.last().tags.codes
        found = Measured(None, at_us, 0, [], [], [])
        with ByHand(runtime, "measure-tags", progress, dry=dry_run, kept=not as_of) as run:
            if codes:  # a version without a tag would say nothing
                found = measure_all(runtime, at_us, run, sources=sources, from_scratch=from_scratch, dry_run=dry_run)
            run.line = _came_to(found) if codes else "no tag; nothing is measured"
    if as_json:
        say_json(_as_dict(found, codes))
        return
    if not codes:
        say_none("tag", settings, "nothing is measured")
        return
    overall = [row for row in found.rows if row["stage"] == "all" and row["quality"] is not None]
    columns = ("tag", *(title for _, title, _ in _TABLE))
    say_table("measured", columns, [(codes[row["tag_no"]], *_cells(row)) for row in overall])
    steps = [
        (codes[step["tag_no"]], *(f"{step[name]:.4f}" for name in ("before", "target", "after")))
        for step in found.steps
    ]
    if steps:
        say_table("weights", ("tag", "before", "target", "after"), steps)
    else:
        say("no weight steps: each does once a day, on 200 effective observations")
    changes = [(codes[one["tag_no"]], *(one[name] for name in _STEP), *_proof(one)) for one in found.changes]
    if changes:
        say_table("states", ("tag", *_STEP, "carriers seen", "bound", "base", "PSI", "ECE"), changes)
    else:
        say("no tag changed its state")
    say_findings(found.findings)
    say_moved(found.quarantined, codes)
    say(_came_to(found))


def _came_to(found: Measured) -> str:
    of = f"{found.customers} customers, as of {iso(found.measured_us)}"
    return f"dry run: nothing is stored; {of}" if found.version is None else f"tags t{found.version} are in force; {of}"


def quality(settings: Settings, tag: str, *, as_json: bool) -> None:
    """Print the quality of tags; raises Refused for a tag there is not."""
    with store_of(settings) as store, store.connect() as connection:
        version = store.versions().tags
        found = told_qualities(connection, version, tag or None)
    if tag and not found:
        raise Refused(f"--tag {tag!r}: no such tag")
    if as_json:
        say_json({"version": f"t{version}", "tags": found})
        return
    if not found:
        say_none("tag", settings, "`huojia import FOLDER` brings them")
        return
    calendar = BankCalendar(settings.timezone)
    rows = [row for one in sorted(found, key=lambda one: str(one["tag"])) for row in _lines(one, calendar)]
    columns = ("tag", "state", "why", "stage", *(title for _, title, _ in _TABLE), "weight")
    say_table(f"tag quality, version t{version}", columns, rows)
    for at, evidence in sorted({(one["measured_at"], ",".join(one["evidence"])) for one in found if one["levels"]}):
        say(f"measured at {at} on {evidence}; intervals of truth are of 95 %, of precision 90 %")
    say("n eff: weighted occasions; seen: carriers followed; precision: those who showed the claim; base: others")
    say("why: of watch and retired, and the day of the state; psi: how far its carriers drifted")
    say("ece: how wrong they were foretold at least")
    if any(level["reason"] for one in found for level in one["levels"]):
        say(f"blank where fewer than {MIN_CUSTOMERS} carriers were seen, showed the claim or did not, as in the report")
    say("a tag that is neither active nor on watch counts for nothing, whatever its Q")


def _lines(tag: dict[str, Any], calendar: BankCalendar) -> list[tuple[object, ...]]:
    of, weight = (tag["tag"], tag["status"], _why(tag, calendar)), f"{tag['weight']:.3f}"
    if not tag["levels"]:
        return [(*of, tag["note"], *[""] * len(_TABLE), weight)]
    return [(*of, level["stage"], *_cells(level), weight) for level in tag["levels"]]


_STEP = ("before", "after", "cause")


def _proof(change: Change) -> tuple[str, ...]:
    seen = "" if change["followed"] is None else str(change["followed"])
    figures = (change[name] for name in ("bound", "base_rate", "psi", "ece"))
    return seen, *("" if value is None else f"{value:.3f}" for value in figures)


def _why(tag: dict[str, Any], calendar: BankCalendar) -> str:
    """What put it where it is, with the figure of an alarm, and the day."""
    figure = {"psi": tag["psi"], "ece": tag["ece_low"]}.get(tag["cause"] or "")
    since_us = parse_us(tag["state_since"] or "")
    since = [] if since_us is None else ["since", str(date_of_day(calendar.day(since_us)))]
    return " ".join([*filter(None, [tag["cause"]]), *([] if figure is None else [f"{figure:.2f}"]), *since])


def _cells(row: Mapping[str, Any]) -> list[str]:
    return ["" if row[name] is None else _cell(row, name, digits) for name, _, digits in _TABLE]


def _cell(row: Mapping[str, Any], name: str, digits: int) -> str:
    told, low = f"{row[name]:.{digits}f}", row.get(f"{name}_low")
    return told if low is None else f"{told} [{low:.2f}, {row[f'{name}_high']:.2f}]"


def _instant(runtime: Runtime, as_of: str) -> int:
    """The time to measure at, by default now; raises Refused."""
    now_us = runtime.clock.now_us()
    if not as_of:
        return now_us
    at_us = instant_of(as_of)
    if at_us > now_us:
        raise Refused(f"--as-of {as_of}: is yet to come")
    return at_us


def _sources(evidence: str) -> frozenset[str]:
    named = frozenset(part.strip() for part in evidence.split(",") if part.strip())
    if named - set(SOURCES) or not named:
        raise Refused(f"--evidence {evidence!r}: {EVIDENCE}")
    return named


def _as_dict(found: Measured, codes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "version": None if found.version is None else f"t{found.version}",
        "measured_at": iso(found.measured_us),
        "customers": found.customers,
        "rows": [{"tag": codes[row["tag_no"]], **row} for row in found.rows],
        "weights": [{"tag": codes[step["tag_no"]], **step} for step in found.steps],
        "states": [{"tag": codes[one["tag_no"]], **one} for one in found.changes],
        "findings": list(found.findings),
        "quarantined": moved(found.quarantined, codes),
    }

"""`huojia infer-tags`: latent tags given to customers and taken back."""

from __future__ import annotations

from collections import Counter
from typing import Any

from service.bootstrap import runtime_of
from service.clock import iso
from service.commands.nothing import say_none
from service.commands.output import say, say_json, say_table
from service.jobs.by_hand import ByHand
from service.jobs.infer_tags import Inferred
from service.jobs.infer_tags import infer_tags as infer_all
from service.latent_plan import FIGURES, GIVEN, TAKEN_BACK, Change
from service.progress import progress_bar
from service.settings import Settings

_COLUMNS = ("tag", "given", "taken back", "for evidence", "consent", "carried", "tag")


def infer_tags(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    """Infer, and print what was given and taken back."""
    with runtime_of(settings) as runtime, progress_bar() as progress:
        codes = runtime.worlds.last().tags.codes
        found = Inferred(None, runtime.clock.now_us(), 0, 0, [])
        with ByHand(runtime, "infer-tags", progress, dry=dry_run) as run:
            if codes:
                found = infer_all(runtime, run, dry_run=dry_run)
            run.line = _came_to(found) if codes else "no tag; nothing is inferred"
    if as_json:
        say_json(_as_dict(found))
        return
    if not codes:
        say_none("tag", settings, "nothing is inferred")
        return
    if found.changes:
        say_table("latent tags", _COLUMNS, _rows(found.changes))
    else:
        say("no latent tag is given or taken back")
    say(_came_to(found))


def _came_to(found: Inferred) -> str:
    given = sum(change.change == GIVEN for change in found.changes)
    of = f"{found.customers} customers who agreed, {found.tags} tags, as of {iso(found.at_us)}"
    done = f"given {given}, taken back {len(found.changes) - given}; {of}"
    return f"dry run: nothing is stored; {done}" if found.version is None else f"{done}; tags t{found.version} in force"


def _rows(changes: list[Change]) -> list[tuple[object, ...]]:
    counts = Counter((change.source.tag, change.change, change.reason) for change in changes)
    rows = []
    for tag in sorted({change.source.tag for change in changes}):
        back = [counts[tag, TAKEN_BACK, reason] for reason in ("evidence", "consent", "carried", "tag")]
        rows.append((tag, counts[tag, GIVEN, "evidence"], sum(back), *back))
    return rows


def _as_dict(found: Inferred) -> dict[str, Any]:
    return {
        "version": None if found.version is None else f"t{found.version}",
        "at": iso(found.at_us),
        "customers": found.customers,
        "tags": found.tags,
        "changes": [_change(change) for change in found.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    told = None if change.figures is None else change.figures._asdict()
    figures = {name: None if told is None else told[name] for name in FIGURES}
    of = {"tag": change.source.tag, "of": change.source.of["tag"], "change": change.change, "reason": change.reason}
    return {"customer_id": change.customer_id, **of, **figures}

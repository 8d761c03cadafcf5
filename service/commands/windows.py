"""The command `huojia evaluate --rolling`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from service.commands.evaluation import CACHE
from service.commands.output import say, say_table
from service.commands.places import check_file
from service.errors import Refused
from service.evaluation.report import Report
from service.evaluation.request import Request
from service.evaluation.rolling import Rolling, cutoffs, with_baseline
from service.jobs.evaluate import evaluate
from service.progress import progress_bar
from service.settings import Settings


def asked(request: Request, rolling: int, step_days: int, plots: Path | None) -> list[Request]:
    """The requests of all cut-offs; raises Refused for options that do not go together."""
    if not rolling:
        raise Refused(f"--step {step_days}: goes with --rolling")
    if plots is not None:
        raise Refused("--plots: goes without --rolling")
    if request.evidence:
        raise Refused("--evidence: goes without --rolling")
    return cutoffs(request, rolling, step_days)


def evaluate_rolling(settings: Settings, requests: Sequence[Request], json_file: Path | None, *, cached: bool) -> None:
    """Evaluate at every cut-off and print a row each with their mean; raises Refused where the folder cannot answer."""
    check_file("--json", json_file)
    reports: list[Report] = []
    with progress_bar() as progress:
        for done, request in enumerate(requests):
            progress("cut-offs", done, len(requests))
            found = evaluate(request, cache=settings.folder / CACHE if cached else None, progress=progress)
            reports.append(with_baseline(found))
        progress("cut-offs", len(requests), len(requests))
    rolled = Rolling(tuple(reports))
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(rolled.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    say_table(rolled.title, rolled.columns, rolled.table())
    for note in sorted({note for report in reports for note in report.notes}):
        say(note)

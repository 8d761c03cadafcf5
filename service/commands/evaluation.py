"""The command `huojia evaluate`."""

from __future__ import annotations

from pathlib import Path

import orjson

from service.commands.output import say, say_table
from service.errors import Refused
from service.evaluation.report import Report
from service.evaluation.request import Request
from service.jobs.evaluate import evaluate
from service.progress import progress_bar
from service.settings import Settings

CACHE = "evaluation"


def evaluate_folder(settings: Settings, request: Request, *, json_file: Path | None, cached: bool) -> None:
    """Evaluate and print the table; raises Refused where the folder cannot answer."""
    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise Refused(f"--json {json_file}: no such folder")
    with progress_bar() as progress:
        report = evaluate(request, cache=settings.folder / CACHE if cached else None, progress=progress)
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    show(report)


def show(report: Report) -> None:
    """The table, then the notes."""
    say_table(report.title(), report.columns(), report.table())
    for note in report.notes:
        say(note)

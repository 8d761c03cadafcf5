"""The command `huojia tag-benchmarks`."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Annotated

import orjson
import typer

from service.commands.output import say, say_table
from service.commands.places import check_file
from service.evaluation.journal import Journal
from service.evaluation.reading import read_journal
from service.evaluation.repurchase import carried
from service.evaluation.repurchase_report import RepurchaseReport
from service.evaluation.tag_benchmarks import TAG_BENCHMARKS
from service.progress import progress_bar

_KIB_TO_MIB = 1 / 1024


def tag_benchmarks(
    data: Annotated[Path, typer.Argument(help="Folder of the public data sets, each a folder in the exchange format.")],
    *,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the results to this file.")] = None,
) -> None:
    """Judge truthfulness, measured on the first part of real histories, by what is bought again in the last part."""
    check_file("--json", json_file)
    wanted = dict.fromkeys(one.folder for one in TAG_BENCHMARKS)
    there = [name for name in wanted if (data / name).is_dir()]
    if not there:
        say(f"tag-benchmarks skipped: {data} holds none of {', '.join(wanted)}")
        return
    journals: dict[str, Journal] = {}
    reports = []
    with progress_bar() as progress:
        for one in (one for one in TAG_BENCHMARKS if one.folder in there):
            if one.folder not in journals:
                journals = {one.folder: read_journal(data / one.folder, progress)}
            histories = one.histories(journals[one.folder])
            report = RepurchaseReport(one.title, one.cut, histories, carried(histories, progress), one.everyone)
            _show(report)
            reports.append(report.as_dict())
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(reports, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    used = resource.getrusage(resource.RUSAGE_SELF)
    missing = [name for name in wanted if name not in there]
    say(
        f"{len(reports)} readings of {', '.join(there)} in {used.ru_utime + used.ru_stime:.0f} CPU seconds, "
        f"{used.ru_maxrss * _KIB_TO_MIB:.0f} MiB at most" + (f"; not there: {', '.join(missing)}" if missing else "")
    )


def _show(report: RepurchaseReport) -> None:
    for title, heads, lines in report.tables():
        say_table(title, heads, lines)
    say(report.note() + "\n")

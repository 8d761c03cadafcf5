"""Evaluations as a Markdown document that says how to make it again."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from service.evaluation.benchmarks import Benchmark, Options
from service.evaluation.report import Report

LIBRARIES = ("huojia", "numpy", "scipy", "implicit")
_READING = """\
One line a model; every product of the catalogue competes unless the task or eligibility forbids it, and no negatives
are sampled. The truth is what the customer bought in the window (by basket: in the last basket); `first_time` asks
for products never held or bought before, `repeat` only for those, `not_held` for what is not held at the time.
`popularity` counts purchases before the split, `popularity_60d` those of the last 60 days; `_held_last` moves held
products below the others. `als_tuned` and `ease` are the best of a small grid on the time just before the split.
`huojia` is the product's own ranker as one list over all candidates, without tiers, caps or exploration; its scores
are probabilities, and ECE is their expected calibration error in 15 bins of equal mass. The interval is that of the
difference in MAP to the best baseline (paired bootstrap over rankings, 1,000 draws). Seconds to fit and microseconds
a ranking are of the machine named above, the latter of whole blocks of customers.
"""


def command(folder: str, options: Options) -> str:
    """The command line of a table."""
    return f"huojia evaluate $DATA/{folder} " + " ".join(f"--{name} {value}" for name, value in options)


def document(sections: Sequence[tuple[Benchmark, Sequence[tuple[Options, Report]]]], today: dt.date) -> str:
    """The whole document; a benchmark without reports is said to be skipped."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make benchmarks DATA=FOLDER` on {today}.",
        f"{versions}, Python {platform.python_version()}, {cores} cores.",
        "The data sets are read from FOLDER in the exchange format and are not part of this repository.",
        "",
        _READING,
    ]
    for benchmark, tables in sections:
        lines += [f"## {benchmark.folder}", "", benchmark.what, "", f"Source: {benchmark.source}", ""]
        if not tables:
            lines += ["Skipped: not in the data folder.", ""]
        for options, report in tables:
            lines += _table(benchmark.folder, options, report)
    return "\n".join(lines).rstrip() + "\n"


def _table(folder: str, options: Options, report: Report) -> Iterator[str]:
    yield from (f"### {report.title()}", "", "```", command(folder, options), "```", "")
    columns = report.columns()
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    yield from ("| " + " | ".join(line) + " |" for line in report.table())
    yield ""
    if report.notes:
        yield from (f"- {note}" for note in report.notes)
        yield ""

"""Evaluations as a Markdown document that says how to make it again."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from service.evaluation.benchmarks import Benchmark, Options
from service.evaluation.plots import EVIDENCE, RELIABILITY
from service.evaluation.report import CALIBRATION_COLUMNS, Report

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

The probability is that the product is bought on the customer's next occasion, given that the customer then buys
something. So everybody ranked, who did buy in the window, is compared by the first day there (of santander all
purchases are of one day, of insurance each is a ranking, of tafeng each basket). Where a task keeps only those who
bought something that it allows, the probability given that is compared: p divided by that of something allowed, the
number of products bought at a time being taken to be geometric with the usual mean.

"First k" is what the list shows: there the bars are ECE at most .03, slope .9 to 1.1 and predicted over actual .95 to
1.05; over all candidates the bar is an ECE of .01 (.02 in insurance and for `repeat` in tafeng). Slope and intercept
are those of a logistic regression of what was bought on the logit of the probability, candidates of probability 0 left
out; "by chance" is the ECE that probabilities which hold would have on so many entries. Intervals take the entries of
one ranking together.

Where a table of events kept follows, the trained ranker is told only so many of the newest events and holdings of each
customer that it ranks for (of those with fewer, all), and compared with the better of `popularity` and
`popularity_60d` under the same mask; "not below" says that it loses at most half a per cent of what popularity has, or
not significantly (paired bootstrap).
"""


def command(folder: str, options: Options) -> str:
    """The command line of a table."""
    return f"huojia evaluate $DATA/{folder} " + " ".join(f"--{name} {value}".strip() for name, value in options)


def document(
    sections: Sequence[tuple[Benchmark, Sequence[tuple[Options, Report]]]],
    today: dt.date,
    plots: Mapping[str, Mapping[str, str]],
) -> str:
    """The whole document; a benchmark without reports is said to be skipped.

    `plots` are the addresses of plots by what they show, by the title of their report.
    """
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
            lines += [*_headed(benchmark.folder, options, report), *_judged(report, plots.get(report.title(), {}))]
    return "\n".join(lines).rstrip() + "\n"


def _headed(folder: str, options: Options, report: Report) -> Iterator[str]:
    yield from (f"### {report.title()}", "", "```", command(folder, options), "```", "")
    yield from _table(report.columns(), report.table())


def _judged(report: Report, plots: Mapping[str, str]) -> Iterator[str]:
    """Calibration, evidence and notes, each where there is something to say."""
    if report.calibrations():
        yield from _table(CALIBRATION_COLUMNS, report.calibration_table())
    if RELIABILITY in plots:
        yield from (f"![Reliability of the probabilities: {report.title()}]({plots[RELIABILITY]})", "")
    if report.evidence:
        yield from _table(report.evidence_columns(), report.evidence_table())
    if EVIDENCE in plots:
        yield from (f"![huojia and popularity by events kept: {report.title()}]({plots[EVIDENCE]})", "")
    if report.notes:
        yield from (f"- {note}" for note in report.notes)
        yield ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    yield from ("| " + " | ".join(line) + " |" for line in rows)
    yield ""

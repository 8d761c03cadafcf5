"""The command `huojia evaluate`."""

from __future__ import annotations

from pathlib import Path

import orjson
import plotext

from service.commands.output import say, say_table
from service.commands.places import check_file, ready_folder
from service.evaluation.drawing import Panel
from service.evaluation.plots import evidence, name_of, reliability, write_plots
from service.evaluation.report import CALIBRATION_COLUMNS, Report
from service.evaluation.request import Request
from service.jobs.evaluate import evaluate
from service.progress import progress_bar
from service.settings import Settings

CACHE = "evaluation"


def evaluate_folder(
    settings: Settings, request: Request, *, json_file: Path | None, plots: Path | None, cached: bool
) -> None:
    """Evaluate and print the tables and plots; raises Refused where the folder cannot answer."""
    check_file("--json", json_file)
    ready_folder("--plots", plots)
    with progress_bar() as progress:
        report = evaluate(request, cache=settings.folder / CACHE if cached else None, progress=progress)
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    show(report)
    if plots is not None:
        for path in write_plots(report, plots, name_of(report)).values():
            say(str(path))
        if not report.calibrations():
            say("--plots: no plot of reliability: none of the models gives probabilities")


def show(report: Report) -> None:
    """The tables with their plots, then the notes."""
    say_table(report.title(), report.columns(), report.table())
    if report.calibrations():
        say_table("probabilities against what was bought", CALIBRATION_COLUMNS, report.calibration_table())
        for panel in reliability(report):
            say(_plot(panel))
    if report.evidence:
        title = "huojia against the better popularity where little is known"
        say_table(title, report.evidence_columns(), report.evidence_table())
        for panel in evidence(report):
            say(_plot(panel))
    for note in report.notes:
        say(note)


def _plot(panel: Panel) -> str:
    """A panel for the terminal; what lies outside its axes is left out."""
    plotext.clear_figure()
    for series in panel.series:
        points = [(x, y) for x, y, _, _ in series.points if panel.y.low <= y <= panel.y.high]
        draw = plotext.plot if series.line else plotext.scatter
        draw([x for x, _ in points], [y for _, y in points], label=series.name, marker=series.name[0])
    if panel.diagonal:
        plotext.plot([panel.x.low, panel.x.high], [panel.y.low, panel.y.high], label="as predicted", marker=".")
    for axis, scale, ticks in ((panel.x, plotext.xscale, plotext.xticks), (panel.y, plotext.yscale, plotext.yticks)):
        scale("log" if axis.log else "linear")
        ticks([value for value, _ in axis.ticks], [text for _, text in axis.ticks])
    plotext.theme("clear")
    plotext.plotsize(80, 20)
    plotext.title(panel.title)
    plotext.xlabel(panel.x.label)
    return str(plotext.uncolorize(plotext.build()))

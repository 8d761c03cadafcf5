"""The plots of an evaluation: how reliable probabilities are, and what is kept where little is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender.evaluation.calibration_error import Entries
from recommender.evaluation.reliability import Calibration
from recommender.evaluation.wilson import WilsonInterval
from service.evaluation.drawing import Axis, Panel, Series, svg
from service.evaluation.evidence import MEASURES, Known
from service.evaluation.report import Report, share

RELIABILITY, EVIDENCE = "reliability", "evidence"


def write_plots(report: Report, folder: Path, name: str) -> dict[str, Path]:
    """The SVG files of a report, by what they show; a plot without a point is left out."""
    drawn = {RELIABILITY: reliability(report), EVIDENCE: evidence(report)}
    files = {kind: folder / f"{name}-{kind}.svg" for kind, panels in drawn.items() if panels}
    for kind, path in files.items():
        path.write_text(svg(drawn[kind]), encoding="utf-8")
    return files


def name_of(report: Report) -> str:
    """A file's name for what was asked: data set, day of the split and task."""
    asked = report.request
    return "-".join(part for part in (report.dataset, asked.since[:10], asked.task) if part)


def reliability(report: Report) -> list[Panel]:
    """A panel a calibration, by bins of equal mass: on logarithmic axes, as most candidates have a small chance."""
    return [_reliable(name, one) for name, one in report.calibrations().items() if len(one.bins.size)]


def bins_of(entries: Entries) -> list[tuple[float, float, float, float]]:
    """Of each bin the mean probability, the share of hits and the Wilson interval of that share."""
    found = WilsonInterval.of(entries.hits, entries.size)
    columns = (entries.probability / entries.size, entries.hits / entries.size, found.low, found.high)
    return [(float(x), float(y), float(low), float(high)) for x, y, low, high in np.stack(columns, axis=1)]


def _reliable(name: str, calibration: Calibration) -> Panel:
    points = bins_of(calibration.bins)
    least = min(value for x, y, _, _ in points for value in (x, y) if value > 0)
    low = 10.0 ** np.floor(np.log10(least))
    ticks = [(10.0**power, f"{10.0**power:g}") for power in range(round(np.log10(low)), 1)]
    x = Axis("predicted probability (mean of a bin)", low, 1.0, ticks, log=True)
    return Panel(name, x, x._replace(label="share bought"), [Series(name, points)], diagonal=True)


def evidence(report: Report) -> list[Panel]:
    """A panel a measure: the ranker, with the interval of its difference, and popularity by events kept."""
    known, k = report.evidence, report.request.k
    heads = {"ndcg": f"nDCG@{k}", "recall": f"Recall@{k}"}
    return [_curve(heads[name], known, name) for name in MEASURES if known]


def _curve(head: str, known: Sequence[Known], name: str) -> Panel:
    found = [one.against[name] for one in known]
    own = [
        (float(at), one.own, one.plain + one.difference.low, one.plain + one.difference.high)
        for at, one in enumerate(found)
    ]
    plain = [(float(at), one.plain, one.plain, one.plain) for at, one in enumerate(found)]
    values = [value for _, *rest in (*own, *plain) for value in rest]
    low, high = min(values), max(values)
    high += 0.25 * (high - low) or 0.01
    ticks = [(float(value), share(float(value))) for value in np.linspace(low, high, 5)]
    kept = [(float(at), "all" if one.events is None else str(one.events)) for at, one in enumerate(known)]
    x = Axis("events and holdings kept", -0.5, len(known) - 0.5, kept)
    series = [Series("huojia", own, line=True), Series("popularity", plain, line=True)]
    return Panel(head, x, Axis(head, low, high, ticks), series)

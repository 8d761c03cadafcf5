"""The plots of a report: curves of conversion and of moves over time, clicks by slot, the matrix of moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from service.report_page.credit import how
from service.report_page.figures import interval, number, share_of
from service.report_page.plots import Curve, curves
from service.report_page.words import Words
from service.reports.metric import Metric
from service.reports.migration import FROM, TO
from service.reports.run import View


def pictures(view: View, metrics: Sequence[Metric], words: Words) -> str:
    """The plots of a report as HTML, none for most."""
    draw = _DRAWN.get((view.report, view.by if view.report == "funnel" else ""))
    return "" if draw is None else draw(metrics, words)


def _lag(metrics: Sequence[Metric], words: Words) -> str:
    rows = [metric for metric in metrics if not metric.suppressed and metric.denominator]
    return curves(words("plot", "lag"), _curves(rows, "day", words, steps=True), 0.01, " %")


def _slots(metrics: Sequence[Metric], words: Words) -> str:
    rows = [one for one in metrics if one.name == "click_rate" and not one.suppressed and one.denominator]
    rows = [one for one in rows if one.group["slot"].isdecimal()]
    label = f"{words('plot', 'slot')} ({words('metric', 'click_rate')})"
    return curves(label, _curves(rows, "slot", words), 0.01, " %")


def _curves(rows: Sequence[Metric], along: str, words: Words, *, steps: bool = False) -> list[Curve]:
    """One curve a group of what is left without the dimension along which it goes."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for row in rows:
        rest = [words.group(name, value) for name, value in row.group.items() if name != along]
        if row.value is not None and row.low is not None and row.high is not None:
            point = (float(row.group[along]), row.value, row.low, row.high)
            found.setdefault(" · ".join(rest) or words("column", "all"), []).append(point)
    return [Curve(name, points, steps) for name, points in found.items()]


def _matrix(metrics: Sequence[Metric], words: Words) -> str:
    of = {(one.group["from"], one.group["to"]): one for one in metrics if one.name == "migration"}
    heads = "".join(f"<th>{escape(words.group('to', to))}</th>" for to in TO)
    rows = "".join(
        f"<tr><th>{escape(words.group('from', start))}</th>{''.join(_cell(of[start, to]) for to in TO)}</tr>"
        for start in FROM
    )
    says = f'<p class="how">{escape(words("says", "migration") + how(list(of.values()), words))}</p>'
    table = f'<table class="matrix"><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<h3>{escape(words("metric", "migration"))}</h3>{says}<div class="wide">{table}</div>'


def _cell(metric: Metric) -> str:
    if metric.suppressed:
        return "<td>·</td>"
    depth = 38 * (metric.value or 0.0)
    style = f"background: color-mix(in srgb, var(--mark) {depth:.0f}%, transparent)"
    counts = f"{number(metric.numerator)} / {number(metric.denominator)}"
    return f'<td style="{style}">{share_of(metric)}<small>{interval(metric)}</small><small>{counts}</small></td>'


_Draw = Callable[[Sequence[Metric], Words], str]
_DRAWN: Mapping[tuple[str, str], _Draw] = {
    ("lag", ""): _lag,
    ("funnel", "slot"): _slots,
    ("migration", ""): _matrix,
}

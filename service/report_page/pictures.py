"""The plots of a report: curves of conversion, of moves and of tags over time, clicks by slot, the matrix of moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise

from service.report_page.credit import how
from service.report_page.figures import interval, number, share_of
from service.report_page.plots import Curve, curves, small_curve
from service.report_page.words import Words
from service.reports.metric import Metric
from service.reports.migration import FROM, TO
from service.reports.run import REPORTS, View

MEASURES = ("precision", "truthfulness", "durability", "uniqueness", "quality")
"""What is measured on a tag, in the order in which it is told."""

Point = tuple[float, float, float, float]


def pictures(view: View, metrics: Sequence[Metric], words: Words) -> str:
    """The plots of a report as HTML, none for most."""
    draw = _DRAWN.get((view.report, view.by))
    return "" if draw is None else draw(metrics, words)


def _lag(metrics: Sequence[Metric], words: Words) -> str:
    rows = [metric for metric in metrics if metric.denominator]
    return curves(words("plot", "lag"), _curves(rows, "day", words), 0.01, " %")


def _slots(metrics: Sequence[Metric], words: Words) -> str:
    rows = [one for one in metrics if one.name == "click_rate" and one.denominator]
    rows = [one for one in rows if one.group["slot"].isdecimal()]
    label = f"{words('plot', 'slot')} ({words('metric', 'click_rate')})"
    return curves(label, _curves(rows, "slot", words), 0.01, " %")


def _curves(rows: Sequence[Metric], along: str, words: Words) -> list[Curve]:
    """One curve a group of what is left without the dimension along which it goes."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for row in rows:
        rest = [words.group(name, value) for name, value in row.group.items() if name != along]
        if row.value is not None and row.low is not None and row.high is not None:
            point = (float(row.group[along]), row.value, row.low, row.high)
            found.setdefault(" · ".join(rest) or words("column", "all"), []).append(point)
    return [Curve(name, points) for name, points in found.items()]


def _matrix(metrics: Sequence[Metric], words: Words) -> str:
    of = {(one.group["from"], one.group["to"]): one for one in metrics if one.name == "migration"}
    heads = "".join(f"<th>{escape(words.group('to', to))}</th>" for to in TO)
    rows = "".join(
        f"<tr><th>{escape(words.group('from', start))}</th>{''.join(_cell(of[start, to]) for to in TO)}</tr>"
        for start in FROM
    )
    says = f'<p class="how">{escape(words("says", "migration") + how(list(of.values()), words))}</p>'
    table = f'<table class="matrix"><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    moved = [one for one in metrics if one.name == "moved_up_over_time"]
    matrix = f'<h3>{escape(words("metric", "migration"))}</h3>{says}<div class="wide">{table}</div>'
    return matrix + _over_time(moved, "period", words)


def _cell(metric: Metric) -> str:
    if metric.reason is not None:
        return "<td>·</td>"
    depth = 38 * (metric.value or 0.0)
    style = f"background: color-mix(in srgb, var(--mark) {depth:.0f}%, transparent)"
    counts = f"{number(metric.numerator)} / {number(metric.denominator)}"
    return f'<td style="{style}">{share_of(metric)}<small>{interval(metric)}</small><small>{counts}</small></td>'


def _over_time(rows: Sequence[Metric], along: str, words: Words) -> str:
    """A curve a group of what is left without the dates, which are numbered from the first: one date is no curve."""
    dates = sorted({row.group[along] for row in rows})
    if len(dates) < 2:
        return ""
    found: dict[str, list[Point]] = {}
    for row in sorted(rows, key=lambda row: row.group[along]):
        if row.value is not None:
            rest = " · ".join(words.group(name, value) for name, value in row.group.items() if name != along)
            found.setdefault(rest, []).append(_point(float(dates.index(row.group[along])), row))
    label = words("plot", along).format(first=dates[0], last=dates[-1])
    return curves(label, [Curve(name, points) for name, points in found.items()], 0.01, " %")


def _weeks(metrics: Sequence[Metric], words: Words) -> str:
    """How many tags were in which state, then every tag's measures as small curves and the states it was in."""
    of_tag: dict[str, list[Metric]] = {}
    for metric in metrics:
        if metric.name in MEASURES:
            of_tag.setdefault(metric.group["tag"], []).append(metric)
    weeks = sorted({metric.group["week"] for metric in metrics})
    if not weeks:
        return f'<p class="soft">{escape(words("page", "nothing"))}</p>'
    place = {week: float(number) for number, week in enumerate(weeks)}
    heads = [words("column", "group"), *(words("metric", name) for name in MEASURES), words("metric", "tags")]
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(_week_row(tag, of_tag[tag], place, words) for tag in sorted(of_tag))
    note = words("plot", "weekly").format(first=weeks[0], last=weeks[-1])
    board = f'<table class="weeks"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    states = _over_time([metric for metric in metrics if metric.name == "tags"], "week", words)
    return f'{states}<p class="how">{escape(note)}</p><div class="wide">{board}</div>'


def _week_row(tag: str, rows: Sequence[Metric], place: Mapping[str, float], words: Words) -> str:
    cells = [_small([row for row in rows if row.name == name], place) for name in MEASURES]
    stood = sorted({(row.group["week"], row.group["state"]) for row in rows})
    turns = [new for old, new in pairwise([("", ""), *stood]) if old[1] != new[1]]
    told = "<br>".join(f"{week}\N{NO-BREAK SPACE}{escape(words.group('state', state))}" for week, state in turns)
    cells.append(f"<small>{told}</small>")
    return f"<tr><td>{escape(tag)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _small(rows: Sequence[Metric], place: Mapping[str, float]) -> str:
    """A curve and its last value; nothing where nothing may be told, or nothing was measured."""
    known = [row for row in rows if row.value is not None]
    if not known:
        return "·" if any(row.reason is not None for row in rows) else ""
    points = [_point(place[row.group["week"]], row) for row in known]
    span = (min(place.values()), max(place.values()))
    return f'{small_curve(points, span)}<small class="soft">{share_of(known[-1])}</small>'


def _point(at: float, row: Metric) -> Point:
    """A place of a curve; without an interval its value is all there is."""
    value = row.value or 0.0
    return at, value, value if row.low is None else row.low, value if row.high is None else row.high


_Draw = Callable[[Sequence[Metric], Words], str]
_DRAWN: Mapping[tuple[str, str], _Draw] = {
    **{("lag", by): _lag for by in ("", *REPORTS["lag"].by)},
    ("funnel", "slot"): _slots,
    ("migration", ""): _matrix,
    ("tags", "week"): _weeks,
}

"""Tables of the page: metrics and their parts, and what every table is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from service.experiments.page.figures import between, chance, change, per_cent, plain
from service.experiments.page.plots import around
from service.experiments.page.words import Words
from service.experiments.results.document import ArmValue, Comparison, Line, MetricResult, Part, Results
from service.experiments.results.document import Sequence as Bounds
from service.report_page.figures import number, told

_TONES = {"better": "good", "worse": "bad", "none": "calm", "hidden": "calm"}
_COLUMNS = ("arm", "control", "treatment", "diff", "relative", "interval")


def table(heads: Iterable[str], rows: Iterable[str]) -> str:
    """A table of rows that are HTML."""
    head = "".join(f"<th>{text}</th>" for text in heads)
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide"><table class="plain">{body}</table></div>'


def row(cells: Iterable[str], *, sub: bool = False) -> str:
    """A row of cells that are HTML."""
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="sub">{body}</tr>' if sub else f"<tr>{body}</tr>"


def tag(tone: str, text: str) -> str:
    """A word in a frame, in the colour of what it means."""
    return f'<span class="badge {tone}">{text}</span>'


def metrics(results: Results, words: Words) -> Iterator[str]:
    """A table of each metric: a treatment arm's lines below each other."""
    for metric in results.metrics:
        yield f"<h3>{escape(metric.key)}</h3>" + f'<p class="how">{_how(metric, words)}</p>'
        most = _most(metric.comparisons)
        heads = [words("column", name) for name in _COLUMNS]
        heads += [words("column", "picture", most=per_cent(most).lstrip("+")), words("column", "p")]
        heads += [words("column", name) for name in ("p_adjusted", "badge", "customers")]
        yield table(heads, (line for one in metric.comparisons for line in _lines(metric, one, most, words)))


def parts(results: Results, words: Words) -> str:
    """All parts in one table, by metric."""
    if not results.parts:
        return f'<p class="soft">{words("page", "nothing")}</p>'
    kinds = {metric.key: metric.kind for metric in results.metrics}
    most = _most([one for part in results.parts for one in part.comparisons])
    heads = [words("column", name) for name in ("part", "metric", *_COLUMNS[:3], "relative", "interval")]
    heads += [words("column", "picture", most=per_cent(most).lstrip("+")), words("column", "p_adjusted")]
    heads += [words("column", name) for name in ("badge", "customers")]
    rows = (
        _part(part, one, (kinds.get(part.metric, ""), most), words)
        for part in results.parts
        for one in part.comparisons
    )
    return table(heads, rows)


def _part(part: Part, one: Comparison, of: tuple[str, float], words: Words) -> str:
    kind, most = of
    value = words.known("tier", part.value) if part.by == "tier" else escape(part.value)
    control, treatment = _values(part.arms, one.arm)
    bounds = one.sequence
    return row(
        [
            f"{words('by', part.by)} · {value}",
            escape(part.metric),
            escape(one.arm),
            plain(control, kind),
            plain(treatment, kind),
            per_cent(bounds.relative),
            between(bounds.relative_low, bounds.relative_high),
            around((bounds.relative, bounds.relative_low, bounds.relative_high), most),
            chance(one.p_adjusted),
            tag(_TONES[one.badge], words("badge", one.badge)),
            _customers(part.arms, one.arm),
        ]
    )


def _how(metric: MetricResult, words: Words) -> str:
    of = f"{metric.num} / {metric.den}" if metric.den else metric.num
    told_of = [
        words(
            "told", "metric", role=words("role", metric.role), kind=words("kind", metric.kind), days=metric.window_days
        ),
        escape(of),
        *([words("told", "cap", cap=number(metric.cap))] if metric.cap is not None else []),
        *([] if metric.is_good_up else [words("told", "good_down")]),
        *([words("told", "immature", n=number(metric.immature))] if metric.immature else []),
    ]
    return " · ".join(told_of)


def _lines(metric: MetricResult, one: Comparison, most: float, words: Words) -> Iterator[str]:
    """The raw sequence, then what stands beside it."""
    control, treatment = _values(metric.arms, one.arm)
    kind = metric.kind
    yield row(
        [
            f"{escape(one.arm)} · {words('line', 'raw')}",
            plain(control, kind),
            plain(treatment, kind),
            *_bounds(one.sequence, kind, most),
            chance(one.p_adjusted),
            tag(_TONES[one.badge], words("badge", one.badge)),
            _customers(metric.arms, one.arm),
        ]
    )
    for label, bounds, n in _beside(one, words):
        yield row([label, "", "", *_bounds(bounds, kind, most), "", "", n], sub=True)


def _beside(one: Comparison, words: Words) -> Iterator[tuple[str, Bounds | Line, str]]:
    if one.adjusted is not None:
        left = "–" if one.adjusted.variance_left is None else told(one.adjusted.variance_left, "share")
        yield words("line", "adjusted", left=left), one.adjusted.sequence, ""
    if one.triggered is not None:
        n = number(one.triggered_customers)
        yield words("line", "triggered", n=n), one.triggered, n
    if one.fixed is not None:
        yield words("line", "fixed"), one.fixed, ""
    if one.adjusted is not None and one.adjusted.fixed is not None:
        yield words("line", "fixed_adjusted"), one.adjusted.fixed, ""


def _bounds(bounds: Bounds | Line, kind: str, most: float) -> list[str]:
    relative = (bounds.relative, bounds.relative_low, bounds.relative_high)
    return [
        change(bounds.diff, kind),
        per_cent(bounds.relative),
        between(*relative[1:]),
        around(relative, most),
        chance(bounds.p),
    ]


def _most(comparisons: Sequence[Comparison]) -> float:
    """The end of the scale of a table: the widest interval, but no more than twice over or under."""
    ends = [0.01]
    for one in comparisons:
        told_of = (one.sequence.relative_low, one.sequence.relative_high, one.sequence.relative)
        ends += [abs(end) for end in told_of if end is not None]
    return min(max(ends), 2.0)


def _values(arms: Sequence[ArmValue], arm: str) -> tuple[float | None, float | None]:
    of = {one.arm: one.value for one in arms}
    return (arms[0].value if arms else None), of.get(arm)


def _customers(arms: Sequence[ArmValue], arm: str) -> str:
    of = {one.arm: one.customers for one in arms}
    return f"{number(arms[0].customers if arms else 0)} / {number(of.get(arm, 0))}"

"""The reports as one HTML file: no script, no network, every number beside what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from service.calendar import date_of_day
from service.clock import iso
from service.report_page.credit import how
from service.report_page.figures import interval, number, share_of, told
from service.report_page.pictures import MEASURES, pictures
from service.report_page.plots import bar
from service.report_page.words import Words
from service.reports._suppression import MIN_CUSTOMERS
from service.reports.metric import UNATTRIBUTED, Metric
from service.reports.run import REPORTS, UNCOUNTED, Told, View

SHOWN = (
    *(View("funnel", by) for by in ("tier", "slot", "stage", "category", "segment")),
    View("lag", "tier"),
    View("diversity", "tier"),
    View("tags", "week"),
)
"""Views that stand in the file besides those that were asked for."""

_COLUMNS = ("numerator", "denominator", "value", "interval", "picture", "customers")
_DRAWN = frozenset({*MEASURES, "migration"})
"""Metrics that have a table of their own."""
_FOLDED, _OPEN = frozenset({"slot", "category"}), frozenset({"click_rate", "funded_rate"})
"""What has so many groups that its tables are folded, and those of them that are open from the first."""


def document(found: Told, words: Words) -> str:
    """The whole file."""
    order = list(REPORTS)
    views = dict(sorted(found.views.items(), key=lambda item: order.index(item[0].report)))
    style = (files(__package__) / "style.css").read_text(encoding="utf-8")
    parts = [
        f'<!doctype html>\n<html lang="{words.lang}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(words, 'title')}</title>\n<style>\n{style}</style>\n</head>\n<body>",
        *_head(found, words),
        f"<nav>{''.join(_link(view, words) for view in views)}</nav>",
        *(part for view, metrics in views.items() for part in _section(view, metrics, words)),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _head(found: Told, words: Words) -> Iterator[str]:
    since, until = (date_of_day(day).isoformat() for day in (found.since, found.until))
    yield f"<header><h1>{_text(words, 'title')}</h1>"
    days, made = _text(words, "days", since=since, until=until), _text(words, "made", made=iso(found.made_us)[:19])
    yield f'<p>{days}</p><p class="soft">{made}</p>'
    yield f"<p>{_text(words, 'reading')}</p><p>{_text(words, 'credit')}</p>{_credits(found, words)}"
    yield f"<p>{_text(words, 'small', min=MIN_CUSTOMERS, few=MIN_CUSTOMERS - 1)}</p></header>"


def _credits(found: Told, words: Words) -> str:
    """Up to when purchases are credited; nothing where no report counts on it."""
    as_of_us, is_complete = found.credits
    if all(view.report in UNCOUNTED for view in found.views):
        return ""
    if as_of_us is None:
        return f"<p>{_text(words, UNATTRIBUTED)}</p>"
    as_of = _text(words, "credits", at=iso(as_of_us)[:19])
    return f"<p>{as_of}</p>" if is_complete else f"<p>{as_of} {_text(words, 'since', days=found.days_after)}</p>"


def _section(view: View, metrics: Sequence[Metric], words: Words) -> Iterator[str]:
    yield f'<section id="{_id(view)}"><h2>{escape(_title(view, words))}</h2>'
    yield f'<p class="soft">{escape(words("lead", view.report))}</p>'
    yield pictures(view, metrics, words)
    if not metrics and view.by != "week":
        yield f'<p class="soft">{_text(words, "nothing")}</p>'
    told_here = [metric for metric in metrics if metric.name not in _DRAWN and view.by != "week"]
    for single, metrics_of in groupby(told_here, key=lambda metric: not metric.group):
        if single:
            yield _table(list(metrics_of), "metric", words)
        else:
            for _, rows in groupby(metrics_of, key=lambda metric: metric.name):
                yield from _metric(view, list(rows), words)
    if view.by != "week" and any(metric.name in MEASURES for metric in metrics):
        yield _board(metrics, words)
    yield "</section>"


def _metric(view: View, rows: Sequence[Metric], words: Words) -> Iterator[str]:
    """A metric by group, those of which there is nothing left out."""
    name = rows[0].name
    folded = view.by in _FOLDED
    head = f"<h3>{escape(words('metric', name))}</h3>"
    yield f"<details{' open' if name in _OPEN else ''}><summary>{head}</summary>" if folded else head
    yield f'<p class="how">{escape(words("says", name) + how(rows, words))}</p>'
    known = [row for row in rows if row.denominator]
    is_credited = all(row.reason != UNATTRIBUTED for row in rows)
    small = sum(row.reason is not None for row in rows)
    if known:
        yield _table(known, "group", words)
    elif not is_credited or not small:
        yield f'<p class="soft">{_text(words, "nothing" if is_credited else UNATTRIBUTED)}</p>'
    if is_credited and len(known) < len(rows):
        text = _text(words, "more", small=small, empty=len(rows) - len(known) - small)
        yield f'<p class="soft">{text}</p>'
    yield "</details>" if folded else ""


def _table(rows: Sequence[Metric], first: str, words: Words) -> str:
    """A row a metric: the groups of one on a scale of its own, or several metrics with what each of them says."""
    most = max((row.high or row.value or 0.0 for row in rows), default=0.0)
    scale = f" ({words('page', 'axis').format(high=told(most, rows[0].unit))})" if first == "group" else ""
    texts = [words("column", name) for name in (first, *_COLUMNS)]
    heads = "".join(f"<th>{escape(text)}</th>" for text in (*texts[:-2], texts[-2] + scale, texts[-1]))
    body = "".join(_row(row, most if first == "group" else 0.0, words) for row in rows)
    table = f'<table class="rows {first}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="wide">{table}</div>'


def _row(row: Metric, most: float, words: Words) -> str:
    """A row; one without a group says what it is, on a scale of its own."""
    label = escape(" · ".join(words.group(dimension, value) for dimension, value in row.group.items()))
    if not row.group:
        says = escape(words("says", row.name) + how([row], words))
        label = f'{escape(words("metric", row.name))}<br><small class="soft">{says}</small>'
    if row.reason is not None:
        return _hidden(label, row.reason, words)
    drawn = ""
    if row.value is not None and row.low is not None and row.high is not None and row.low >= 0:
        drawn = bar((row.value, row.low, row.high), most or (1.0 if row.unit == "share" else row.high))
    cells = [number(row.numerator), number(row.denominator), share_of(row), interval(row), drawn, number(row.customers)]
    return f"<tr><td>{label}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _hidden(label: str, reason: str, words: Words) -> str:
    reason = _text(words, reason, min=MIN_CUSTOMERS)
    return f'<tr><td>{label}</td><td class="none" colspan="6">{reason}</td></tr>'


def _board(metrics: Sequence[Metric], words: Words) -> str:
    """Every tag with its measures, the best first."""
    of_tag: dict[str, dict[str, Metric]] = {}
    for metric in metrics:
        if metric.name in MEASURES:
            of_tag.setdefault(" · ".join(metric.group.values()), {})[metric.name] = metric
    heads = "".join(f"<th>{escape(words('metric', name))}</th>" for name in MEASURES)
    first, last = (escape(words("column", name)) for name in ("group", "customers"))
    body = "".join(_tag(tag, measures, words) for tag, measures in sorted(of_tag.items(), key=_worth))
    proved = [metric for metric in metrics if metric.name == "precision"]
    note = f"<h3>{escape(words('page', 'board'))}</h3>"
    note += f'<p class="how">{escape(words("says", "precision") + how(proved, words))}</p>'
    head = f"<thead><tr><th>{first}</th>{heads}<th>{last}</th></tr></thead>"
    return f'{note}<div class="wide"><table class="rows board">{head}<tbody>{body}</tbody></table></div>'


def _worth(of: tuple[str, Mapping[str, Metric]]) -> tuple[float, str]:
    return -(of[1]["quality"].value or 0.0), of[0]


def _tag(tag: str, measures: Mapping[str, Metric], words: Words) -> str:
    first = measures["quality"]
    if first.reason is not None:
        return _hidden(escape(tag), first.reason, words)
    found = [measures[name] for name in MEASURES]
    cells = [_measured(one) for one in found]
    cells.append(number(first.customers))
    return f"<tr><td>{escape(tag)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _measured(metric: Metric) -> str:
    """A value over its interval and what it is made of; nothing where too few were followed for that."""
    if metric.reason is not None:
        return "·"
    counts = f"{number(metric.numerator)} / {number(metric.denominator)}" if metric.denominator else ""
    small = "".join(f"<br><small class='soft'>{text}</small>" for text in (interval(metric), counts) if text)
    return told(metric.value, metric.unit) + small


def _title(view: View, words: Words) -> str:
    title = words("title", view.report)
    return f"{title} · {words('page', 'by').format(dimension=words('dimension', view.by))}" if view.by else title


def _id(view: View) -> str:
    return "-".join(filter(None, view))


def _link(view: View, words: Words) -> str:
    return f'<a href="#{_id(view)}">{escape(_title(view, words))}</a>'


def _text(words: Words, name: str, **values: object) -> str:
    return escape(words("page", name).format(**values))

"""The reports: what the shelf led to, in the terminal, as JSON and as one HTML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from service.bootstrap import runtime_of
from service.calendar import day_of_date
from service.cli_groups import Json
from service.clock import iso
from service.commands.dates import day_of
from service.commands.nothing import say_if_nobody
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.progress import Progress, progress_bar
from service.report_page.document import SHOWN, document
from service.report_page.figures import interval, number, share_of
from service.report_page.words import LANGUAGES, Words
from service.reports._days import BadDays
from service.reports._suppression import MIN_CUSTOMERS
from service.reports.metric import FEW, UNATTRIBUTED, Metric
from service.reports.run import REPORTS, UNCOUNTED, Asked, Told, View, run
from service.reports.scope import BY
from service.runtime import Runtime
from service.settings import Settings, load_settings

_WHY = {FEW: "too few", UNATTRIBUTED: "not attributed yet"}
_COLUMNS = ("metric", "group", "numerator", "denominator", "value", "interval", "days", "attribution", "customers")


def report(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(REPORTS)}; default: all.")] = "",
    *,
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD; default: 90 days before --until.")] = "",
    until: Annotated[str, typer.Option(help="The day before which the days end; default: tomorrow.")] = "",
    by: Annotated[str, typer.Option(help=f"One of {', '.join(BY)}; default: the whole bank.")] = "",
    html: Annotated[Path | None, typer.Option(help="Also write all that is told into this file, with plots.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the HTML file, zh or en.")] = "zh",
    as_json: Json = False,
) -> None:
    """What the shelf led to: numerators, denominators, days, attribution, intervals; small groups are not told."""
    if name and name not in REPORTS:
        raise Refused(f"report {name!r}: one of {', '.join(REPORTS)}")
    if lang not in LANGUAGES:
        raise Refused(f"--lang {lang!r}: one of {', '.join(LANGUAGES)}")
    if by and (by not in BY or (name and by not in REPORTS[name].by)):
        known = ", ".join(REPORTS[name].by if name else BY)
        raise Refused(f"--by {by!r}: " + (f"one of {known}" if known else "this report is told in one way only"))
    asked = _asked(since, until)
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise Refused(f"--html {html}: " + ("is a folder" if html.is_dir() else "there is no such folder"))
    tell(load_settings(), (name, by, asked), (html, lang), as_json=as_json)


def tell(settings: Settings, asked: tuple[str, str, Asked], page: tuple[Path | None, str], *, as_json: bool) -> None:
    """Make reports and print or write them; raises Refused."""
    (name, by, days), (html, lang) = asked, page
    names = [name] if name else list(REPORTS)
    wanted = [View(one, by if by in REPORTS[one].by else "") for one in names]
    with runtime_of(settings) as runtime:
        runtime.decisions.settle()
        views = wanted if html is None else [*wanted, *(one for one in SHOWN if one.report in names)]
        with progress_bar() as progress:
            told = _run(runtime, dict.fromkeys(views), days, progress)
        if html is not None:
            html.write_text(document(told, Words(lang, _categories(runtime, lang))), encoding="utf-8")
        told = told._replace(views={view: told.views[view] for view in wanted})
        if as_json:
            say_json(told.as_dict())
            return
        for view, metrics in told.views.items():
            say_table(" by ".join(filter(None, view)), _COLUMNS, [_row(one) for one in metrics])
        for line in _notes(told):
            say(line)
        if html is not None:
            say(f"written: {html}")
        say_if_nobody(runtime.store, settings)


def _run(runtime: Runtime, views: Iterable[View], asked: Asked, progress: Progress) -> Told:
    try:
        return run(runtime, views, asked, progress)
    except BadDays as error:
        raise Refused(f"--{error}") from None


def _asked(since: str, until: str) -> Asked:
    """The options as days; raises Refused."""
    return Asked(
        *(
            day_of_date(day_of(text, option)) if text else None
            for text, option in ((since, "--since"), (until, "--until"))
        )
    )


def _categories(runtime: Runtime, lang: str) -> dict[str, str]:
    """What each category is called."""
    categories = runtime.worlds.last().catalogue.categories
    return dict(zip(categories.codes, categories.names.get(lang, categories.codes), strict=True))


def _row(metric: Metric) -> tuple[object, ...]:
    group = " ".join(metric.group.values())
    if metric.reason is not None:
        return (metric.name, group, "", "", _WHY[metric.reason], "", metric.days, metric.attribution, "")
    counts = (number(metric.numerator), number(metric.denominator))
    told = (share_of(metric), interval(metric))
    return (metric.name, group, *counts, *told, metric.days, metric.attribution, metric.customers)


def _notes(told: Told) -> list[str]:
    document = told.as_dict()
    return [
        f"days from {document['since']} until {document['until']}; intervals of 95 %, of precision 90 %",
        f"too few: denominator, numerator or their difference of fewer than {MIN_CUSTOMERS} customers, if not of none",
        *([] if all(view.report in UNCOUNTED for view in told.views) else [_credits(told)]),
        "what is done while personalisation is off is not read",
    ]


def _credits(told: Told) -> str:
    """Up to when purchases are credited."""
    as_of_us, is_complete = told.credits
    if as_of_us is None:
        return "not attributed yet: `huojia attribute` credits purchases to the shelf, and has never run"
    line = f"credits as of {iso(as_of_us)[:19]}Z"
    if is_complete:
        return f"{line}, all that is stored"
    return (
        f"{line}: more has come since, and {told.days_after} of these days are later; `huojia attribute` credits them"
    )

"""The results of an experiment as one HTML file: the verdict first, no script, no network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from service.experiments.page import sections, tables
from service.experiments.page.beside import Beside
from service.experiments.page.words import Words
from service.experiments.results.document import Results
from service.report_page.figures import number

_TONES = {
    "ship": "good",
    "roll back": "bad",
    "do not trust": "bad",
    "keep running": "calm",
    "inconclusive": "warn",
}
_SHEETS = ("service.report_page", __package__)


def document(results: Results, beside: Beside, words: Words) -> str:
    """The whole file; what is not to be trusted stands behind a click, what nobody was exposed to is not there."""
    style = "".join((files(package) / "style.css").read_text(encoding="utf-8") for package in _SHEETS)
    title = words("page", "title", key=results.experiment)
    parts = [
        f'<!doctype html>\n<html lang="{words.lang}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>",
        *_head(results, title, words),
        *_body(results, beside, words),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _head(results: Results, title: str, words: Words) -> Iterator[str]:
    verdict = results.verdict
    word = escape(verdict.zh if words.lang == "zh" else verdict.en)
    reasons = "".join(f"<li>{words.said(reason)}</li>" for reason in verdict.reasons)
    yield f"<header><h1>{title}</h1>"
    yield f'<div class="verdict {_TONES[verdict.word]}"><strong>{word}</strong><ul>{reasons}</ul></div>'
    state, days = words.known("state", results.state), f"{results.days:.1f}"
    yield f"<p>{words('page', 'phase', phase=results.phase, state=state, days=days, least=results.min_days)}</p>"
    yield f"<p>{words('page', 'hypothesis', text=results.hypothesis)}</p>"
    yield f'<p class="soft">{words("page", "as_of", at=results.as_of[:19])} · {_data(results, words)}</p>'
    if any(results.customers.values()):
        yield f'<p class="soft">{words("page", "reading", planned=number(results.planned_customers))}</p>'
        yield f'<p class="soft">{words("page", "mature" if results.mature_only else "immature")}</p>'
    yield "".join(f"<p>{words.said(note)}</p>" for note in results.notes) + "</header>"


def _data(results: Results, words: Words) -> str:
    return f"<code>{words('page', 'data', sha=results.data_sha256)}</code>"


def _body(results: Results, beside: Beside, words: Words) -> Iterator[str]:
    if not any(results.customers.values()) and not any(results.health.exposed.values()):
        yield f"<p>{words('page', 'empty')}</p>"
        yield from _section("funnel", [sections.funnel(results, words)], words)
        yield from _section("epochs", [sections.epochs(results, words)], words)
        yield from _section("overrides", [sections.overrides(beside, words)], words)
        return
    if results.health.is_trusted:
        yield from _numbers(results, words)
        yield from _checks(results, beside, words)
        return
    yield from _checks(results, beside, words)
    if results.withheld_numbers:
        yield f'<p class="soft">{words("page", "withheld")}</p>'
        return
    yield f'<details class="numbers"><summary>{words("page", "untrusted")}</summary>'
    yield from _numbers(results, words)
    yield "</details>"


def _numbers(results: Results, words: Words) -> Iterator[str]:
    """What the experiment did."""
    yield from _section("curve", sections.curve(results, words), words)
    yield from _section("metrics", tables.metrics(results, words), words)
    yield from _section("guardrails", [sections.guardrails(results, words)], words)
    yield from _section("funnel", [sections.funnel(results, words)], words)
    yield from _section("parts", [tables.parts(results, words)], words)
    yield from _section("moved", [sections.moved(results, words)], words)


def _checks(results: Results, beside: Beside, words: Words) -> Iterator[str]:
    """Why it can be trusted, or cannot."""
    yield from _section("srm", sections.ratio(results, beside, words), words)
    yield from _section("epochs", [sections.epochs(results, words)], words)
    yield from _section("health", sections.health(results, words), words)
    yield from _section("lag", [sections.lag(results, words)], words)
    yield from _section("balance", [sections.balance(results, words)], words)
    yield from _section("overrides", [sections.overrides(beside, words)], words)


def _section(name: str, parts: Iterator[str] | list[str], words: Words) -> Iterator[str]:
    lead = f'<p class="soft">{words("lead", name)}</p>' if name != "health" else ""
    yield f'<section id="{name}"><h2>{words("section", name)}</h2>{lead}'
    yield from parts
    yield "</section>"

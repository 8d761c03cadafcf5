"""Sections of the page besides the metrics: curves over days, the funnel, guardrails, and what makes it trusted."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import log

from service.clock import iso, parse_us
from service.experiments.page.beside import Beside
from service.experiments.page.figures import DASH, chance, change, plain
from service.experiments.page.plots import Axes, Point, around, length, signed
from service.experiments.page.tables import row, table, tag
from service.experiments.page.words import Words
from service.experiments.results.document import Day, GuardrailResult, Results, Srm
from service.report_page.figures import number, told

_DAY_US = 86_400_000_000
SRM_ALARM = log(1_000)
"""The Bayes factor from which on the sample ratio is an alarm."""


def curve(results: Results, words: Words) -> Iterator[str]:
    """A figure of each primary metric: an arm a curve, relative where the control has a value, else absolute."""
    since_us = parse_us(results.started_at or "") or 0
    by_metric: dict[str, list[Day]] = {}
    for day in results.curve:
        by_metric.setdefault(day.metric, []).append(day)
    for metric, days in by_metric.items():
        is_relative = any(day.sequence.relative is not None for day in days)
        found: dict[str, list[Point]] = {}
        for day in days:
            point = _point(day, since_us, is_relative=is_relative)
            if point is not None:
                found.setdefault(day.arm, []).append(point)
        unit = words("plot", "relative" if is_relative else "absolute")
        label = words("plot", "days", metric=metric, unit=unit)
        axes = Axes(label, 0.01, " %") if is_relative else Axes(label)
        yield f"<h3>{escape(metric)}</h3>{signed(list(found.items()), axes)}"
    if not by_metric:
        yield _nothing(words)


def _point(day: Day, since_us: int, *, is_relative: bool) -> Point | None:
    at = ((parse_us(day.at) or since_us) - since_us) / _DAY_US
    of = day.sequence
    if is_relative:
        return None if of.relative is None else Point(at, of.relative, of.relative_low, of.relative_high)
    return None if of.diff is None else Point(at, of.diff, of.low, of.high)


def ratio(results: Results, beside: Beside, words: Words) -> Iterator[str]:
    """The evidence by day with the line of alarm, then the counts: all customers, then by channel."""
    points = [Point(float(day), max(value, -20.0)) for day, value in beside.evidence]
    if len(points) > 1:
        line = (SRM_ALARM, words("plot", "alarm", at=f"{SRM_ALARM:.1f}"))
        yield signed([(words("plot", "all"), points)], Axes(words("plot", "srm"), lines=[line]))
    else:
        yield f'<p class="soft">{words("page", "few_days")}</p>'
    names = ("of", "counts", "shares", "evidence", "p", "chi2", "state")
    found = [results.health.srm, *results.health.srm_by_channel]
    yield table([words("column", name) for name in names], (_ratio(one, words) for one in found))
    yield "".join(f"<p>{words.said(hint)}</p>" for hint in results.health.hints)


def _ratio(one: Srm, words: Words) -> str:
    total = sum(one.expected.values()) or 1.0
    evidence = "∞" if one.log_bayes_factor is None else f"{one.log_bayes_factor:.2f}"
    return row(
        [
            words("plot", "all") if one.of == "all" else escape(one.of),
            _by_arm({arm: number(count) for arm, count in one.counts.items()}),
            _by_arm({arm: told(share / total, "share") for arm, share in one.expected.items()}),
            evidence,
            chance(one.p),
            chance(one.chi2_p),
            _alarm(words, is_alarm=one.is_alarm),
        ]
    )


def guardrails(results: Results, words: Words) -> str:
    """A row of each guardrail and arm, its bound beside the margin."""
    found = results.health.guardrails
    if not found:
        return _nothing(words)
    names = ("metric", "arm", "control", "treatment", "diff", "bound", "margin")
    heads = [words("column", name) for name in names]
    heads += [words("column", "picture", most="…"), *(words("column", name) for name in ("p", "reaction", "state"))]
    return table(heads, (_guardrail(one, words) for one in found))


def _guardrail(one: GuardrailResult, words: Words) -> str:
    """The picture goes up to twice the margin; the line runs from the bound to the side on which nothing is said."""
    kind = "number"
    is_fall = one.bound is not None and one.diff is not None and one.bound > one.diff
    bounds = (None, one.bound) if is_fall else (one.bound, None)
    margin = -one.margin if is_fall else one.margin
    most = max(2 * one.margin, 1.2 * abs(one.diff or 0.0), 1e-9)
    picture = around((one.diff, *bounds), most, margin) if one.bound is not None else DASH
    return row(
        [
            escape(one.metric),
            escape(one.arm),
            plain(one.control, kind),
            plain(one.treatment, kind),
            change(one.diff, kind),
            change(one.bound, kind),
            change(margin, kind),
            picture,
            chance(one.p),
            words.known("reaction", one.reaction),
            _kept(one, words),
        ]
    )


def _kept(one: GuardrailResult, words: Words) -> str:
    if one.p is None:
        return tag("calm", words("badge", "hidden"))
    return tag("bad", words("told", "breached")) if one.is_breached else tag("calm", words("told", "kept"))


def funnel(results: Results, words: Words) -> str:
    """Customers of each arm, each step as a share of the one before."""
    names = ("assigned", "exposed", "clicked", "converted")
    rows = []
    for place, one in enumerate(results.funnel):
        steps = (one.assigned, one.exposed, one.clicked, one.converted)
        cells = [f"{escape(one.arm)}", number(one.assigned)]
        for before, now in ((steps[0], steps[1]), (steps[1], steps[2]), (steps[1], steps[3])):
            share = now / before if before else 0.0
            cells.append(f"{number(now)} <small>{told(share, 'share')}</small>{length(share, place)}")
        rows.append(row(cells))
    return table([words("column", name) for name in ("arm", *names)], rows)


def moved(results: Results, words: Words) -> str:
    """Customers of each arm by the tiers that they saw."""
    if not results.tiers_seen:
        return _nothing(words)
    rows = (
        row(
            [
                escape(one.arm),
                " + ".join(words.known("tier", tier) for tier in one.tiers) or words("told", "nothing_seen"),
                number(one.customers),
            ]
        )
        for one in results.tiers_seen
    )
    return table([words("column", name) for name in ("arm", "tiers", "customers")], rows)


def lag(results: Results, words: Words) -> str:
    """Seconds from a shelf to its first card seen, by arm."""
    rows = (
        row(
            [escape(one.arm), number(one.n), *(DASH if of is None else f"{of:,.1f} s" for of in (one.p50_s, one.p95_s))]
        )
        for one in results.health.lag
    )
    return table([words("column", name) for name in ("arm", "n", "p50", "p95")], rows)


def balance(results: Results, words: Words) -> str:
    """What arms did before the experiment."""
    names = ("measure", "arm", "control", "treatment", "p_fixed", "limit", "state")
    rows = (
        row(
            [
                escape(one.measure),
                escape(one.arm),
                plain(one.control, "mean"),
                plain(one.treatment, "mean"),
                chance(one.p),
                chance(one.limit),
                _alarm(words, is_alarm=one.is_alarm),
            ]
        )
        for one in results.health.balance
    )
    return table([words("column", name) for name in names], rows)


def epochs(results: Results, words: Words) -> str:
    """Since when which coverage and shares held, and who came in then."""
    rows = (
        row(
            [
                escape(one.since[:16]),
                told(one.coverage, "share"),
                _by_arm({arm: told(share, "share") for arm, share in one.shares.items()}),
                _by_arm({arm: number(count) for arm, count in one.counts.items()}),
            ]
        )
        for one in results.health.srm_epochs
    )
    return table([words("column", name) for name in ("since", "coverage", "shares", "counts")], rows)


def overrides(beside: Beside, words: Words) -> str:
    """Who put how many customers into which arm; no customer is named."""
    if not beside.overrides:
        return f'<p class="soft">{words("page", "none_in_force")}</p>'
    rows = (
        row([escape(one.arm), escape(one.actor), escape(one.reason), iso(one.expires_us)[:16]])
        for one in beside.overrides
    )
    return table([words("column", name) for name in ("arm", "actor", "reason", "until")], rows)


def health(results: Results, words: Words) -> Iterator[str]:
    """What else is looked at, a line each."""
    of = results.health
    share = told(of.several.share, "share")
    yield f"<p>{words('told', 'several', n=number(of.several.customers), share=share)}</p>"
    yield f"<p>{words('told', 'overridden', n=number(of.overridden))}</p>"
    yield f"<p>{words('told', 'drift', sampled=number(of.drift.sampled), differing=number(of.drift.differing))}</p>"


def _by_arm(of: dict[str, str]) -> str:
    return " · ".join(f"{escape(arm)}\N{NO-BREAK SPACE}{text}" for arm, text in of.items()) or DASH


def _alarm(words: Words, *, is_alarm: bool) -> str:
    return tag("bad", words("told", "alarm")) if is_alarm else tag("calm", words("told", "fine"))


def _nothing(words: Words) -> str:
    return f'<p class="soft">{words("page", "nothing")}</p>'

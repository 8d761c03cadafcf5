"""`huojia experiment results`, `health` and `plan`: what came of an experiment, whether to trust it, what one takes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from service.bootstrap import runtime_of
from service.commands.dates import instant_of
from service.commands.output import say, say_json, say_table
from service.commands.places import check_file
from service.errors import Refused
from service.experiments.page.beside import Beside, evidence
from service.experiments.page.document import document
from service.experiments.page.figures import between, chance, change, per_cent, plain
from service.experiments.page.words import Words
from service.experiments.planning import Planned, Wanted, planned
from service.experiments.planning_of import Question, plan_of
from service.experiments.results.document import Health, MetricResult, Results
from service.experiments.results.question import asked_of
from service.experiments.results.whole import Asked, Read, health_of, read
from service.experiments.results.whole import told as results_told
from service.report_page.figures import number, told
from service.report_page.words import LANGUAGES
from service.runtime import Runtime
from service.settings import Settings

_METRICS = ("metric", "arm", "control", "treatment", "difference", "relative", "any time", "p", "corrected p", "badge")


class Page(NamedTuple):
    """Where the page is written, none by default, and in which language."""

    html: Path | None = None
    lang: str = "zh"


class Shown(NamedTuple):
    """As of when (ISO 8601; default: now), of whom, and numbers that are not trusted."""

    as_of: str = ""
    mature_only: bool = True
    untrusted: bool = False


def results(settings: Settings, key: str, shown: Shown, page: Page, *, as_json: bool) -> None:
    """What came of an experiment, the verdict first; raises Refused."""
    if page.lang not in LANGUAGES:
        raise Refused(f"--lang {page.lang!r}: one of {', '.join(LANGUAGES)}")
    check_file("--html", page.html)
    with runtime_of(settings) as runtime:
        runtime.decisions.settle()
        asked = _asked(runtime, shown)
        try:
            whole = read(runtime.store, key, asked)
        except LookupError as error:
            raise Refused(str(error.args[0])) from None
        found = results_told(whole, asked)
        if page.html is not None:
            text = document(found, _beside(runtime, whole, asked), Words(page.lang))
            page.html.write_text(text, encoding="utf-8")
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    _say_results(found)
    if page.html is not None:
        say(f"written: {page.html}")


def health(settings: Settings, key: str, *, as_of: str = "", as_json: bool) -> None:
    """Whether an experiment can be trusted, and what is looked at for that; raises Refused."""
    with runtime_of(settings) as runtime:
        runtime.decisions.settle()
        try:
            found = health_of(runtime.store, key, _asked(runtime, Shown(as_of)))
        except LookupError as error:
            raise Refused(str(error.args[0])) from None
    if as_json:
        say_json(msgspec.to_builtins(found))
    else:
        _say_health(found)


def plan(settings: Settings, key: str, asked: Question, *, as_json: bool) -> None:
    """The customers and days that an experiment takes, from the bank's own past; raises Refused."""
    with runtime_of(settings) as runtime:
        experiment = runtime.store.experiment(key)
        if experiment is None:
            raise Refused(f"experiment {key}: there is none")
        try:
            with runtime.store.connect() as connection:
                now_us = runtime.clock.now_us()
                found = plan_of(connection, runtime.calendar, experiment.spec, asked, now_us)
        except ValueError as error:
            raise Refused(f"--{error}") from None
    _say_plan(found, as_json=as_json)


def plan_of_base(base: float, wanted: Wanted, *, sd: float | None, daily: float | None, as_json: bool) -> None:
    """The same of a base that somebody names: a share of customers, or with `sd` a mean; raises Refused."""
    try:
        found = planned((None, "proportion" if sd is None else "mean"), (base, sd), wanted, daily)
    except ValueError as error:
        raise Refused(f"--{error}") from None
    _say_plan(found, as_json=as_json)


def _asked(runtime: Runtime, shown: Shown) -> Asked:
    as_of_us = instant_of(shown.as_of) if shown.as_of else None
    return asked_of(runtime, as_of_us, mature_only=shown.mature_only, untrusted=shown.untrusted)


def _beside(runtime: Runtime, whole: Read, asked: Asked) -> Beside:
    """What the page shows besides the results."""
    overrides = runtime.store.overrides(whole.experiment.key, asked.as_of_us)
    if whole.started_us is None:
        return Beside((), overrides)
    by_day = evidence(whole.units, whole.experiment.spec, whole.around.epochs, asked.as_of_us)
    return Beside(by_day, overrides)


def _say_results(found: Results) -> None:
    say(f"{found.verdict.en}  {found.verdict.zh}")
    for reason in found.verdict.reasons:
        say(f"  {reason.en}")
    customers = ", ".join(f"{arm} {number(count)}" for arm, count in found.customers.items())
    say(f"{found.experiment} phase {found.phase} {found.state}, {found.days:.1f} days; exposed: {customers}")
    if found.metrics:
        rows = [row for metric in found.metrics for row in _rows(metric)]
        say_table("metrics", _METRICS, rows)
    _say_checks(found.health)
    for note in found.notes:
        say(note.en)
    say(f"as of {found.as_of[:19]}Z; data {found.data_sha256[:16]}; unit: customer, from the first exposure on")


def _rows(metric: MetricResult) -> list[tuple[object, ...]]:
    values = {one.arm: one.value for one in metric.arms}
    control = metric.arms[0].value if metric.arms else None
    rows: list[tuple[object, ...]] = []
    for one in metric.comparisons:
        of, bounds = metric.kind, one.sequence
        arms = plain(control, of), plain(values.get(one.arm), of)
        interval = bounds.hidden.en if bounds.hidden is not None else between(bounds.relative_low, bounds.relative_high)
        told_of = change(bounds.diff, of), per_cent(bounds.relative), interval
        rows.append((metric.key, one.arm, *arms, *told_of, chance(bounds.p), chance(one.p_adjusted), one.badge))
        if one.adjusted is not None:
            less = one.adjusted.sequence
            label = f"  CUPED, variance left {told(one.adjusted.variance_left, 'share')}"
            told_of = change(less.diff, of), per_cent(less.relative), between(less.relative_low, less.relative_high)
            rows.append((label, one.arm, "", "", *told_of, chance(less.p), "", ""))
    return rows


def _say_health(found: Health) -> None:
    say("trusted" if found.is_trusted else "do not trust  不可信")
    for reason in found.reasons:
        say(f"  {reason.en}")
    customers = ", ".join(f"{arm} {number(count)}" for arm, count in found.exposed.items())
    say(f"{found.experiment} phase {found.phase} {found.state}; exposed: {customers}")
    _say_checks(found)
    for hint in found.hints:
        say(f"  {hint.en}")


def _say_checks(found: Health) -> None:
    """Sample ratio, several arms, drift, balance, lag, guardrails: a line each."""
    of = found.srm
    say(f"sample ratio: p {chance(of.p)} at any time, chi-squared {chance(of.chi2_p)}" + _alarm(is_alarm=of.is_alarm))
    several = found.several
    share = told(several.share, "share")
    say(f"several arms: {several.customers} customers ({share})" + _alarm(is_alarm=several.is_alarm))
    drift = found.drift
    say(f"assigned anew: {drift.differing} of {drift.sampled} otherwise" + _alarm(is_alarm=drift.is_alarm))
    alarms = [one.measure for one in found.balance if one.is_alarm]
    say("before the experiment: " + (f"{', '.join(alarms)} differ{_alarm(is_alarm=True)}" if alarms else "alike"))
    for lag in found.lag:
        if lag.p50_s is not None and lag.p95_s is not None:
            say(f"seen after, {lag.arm}: median {lag.p50_s:.1f} s, 95 % {lag.p95_s:.1f} s")
    for guard in found.guardrails:
        bound = change(guard.bound, "mean")
        said = f"guardrail {guard.metric}, {guard.arm}: bound {bound}, margin {guard.margin:g}"
        say(said + (f": broken, {guard.reaction}" if guard.is_breached else ""))


def _alarm(*, is_alarm: bool) -> str:
    return ": ALARM" if is_alarm else ""


def _say_plan(found: Planned, *, as_json: bool) -> None:
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    for line in found.says:
        say(line.en)
    if found.customers is not None and found.daily is not None:
        of = f"base {found.base:.4g} of {found.customers} customers who came from {found.since} until {found.until}"
        say(f"{found.metric}: {of}; {found.daily:.1f} more come each day after that")
    if found.adjusted is not None and found.variance_left is not None:
        left = told(found.variance_left, "share")
        more = found.adjusted
        say(f"with CUPED ({left} of the variance left): {more.per_arm:,} in each arm, {_days(more.days)}")
    say(f"n_star for the experiment: {found.need.n_star:,}")


def _days(days: int | None) -> str:
    return "days unknown" if days is None else f"{days} days"

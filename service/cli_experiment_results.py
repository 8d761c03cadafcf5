"""What `huojia experiment` tells: results, health, plans, looks, and studies of its own statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli_experiments import Json, Key, experiment_app
from service.commands import experiments_results, watching
from service.commands.experiments_aa import aa
from service.commands.experiments_results import Page, Shown
from service.commands.experiments_trial import trial
from service.commands.off_policy_coverage import ope_coverage
from service.errors import Refused
from service.experiments.planning import Wanted
from service.experiments.planning_of import Question
from service.settings import load_settings

__all__ = ["experiment_app"]

AsOf = Annotated[str, typer.Option(help="ISO 8601 time up to which is read; default: now.")]


@experiment_app.command("results")
def experiment_results(
    key: Key,
    *,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots here too.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the page: zh or en.")] = "zh",
    as_of: AsOf = "",
    immature: Annotated[
        bool, typer.Option("--immature", help="Count customers whose window is still open too.")
    ] = False,
    untrusted: Annotated[bool, typer.Option("--untrusted", help="Show numbers that are not to be trusted.")] = False,
    as_json: Json = False,
) -> None:
    """What came of an experiment: whether to trust it, one word, and the numbers behind it."""
    shown = Shown(as_of, mature_only=not immature, untrusted=untrusted)
    experiments_results.results(load_settings(), key, shown, Page(html, lang), as_json=as_json)


@experiment_app.command("health")
def experiment_health(key: Key, *, as_of: AsOf = "", as_json: Json = False) -> None:
    """Whether an experiment can be trusted: sample ratio, exposure, balance, drift, guardrails."""
    experiments_results.health(load_settings(), key, as_of=as_of, as_json=as_json)


@experiment_app.command("plan")
def experiment_plan(
    key: Annotated[str, typer.Argument(help="The key of an experiment; without one name a base.")] = "",
    *,
    mde: Annotated[float | None, typer.Option(help="The relative lift to be found; default: the experiment's.")] = None,
    power: Annotated[float, typer.Option(help="With which chance.")] = 0.8,
    metric: Annotated[str, typer.Option(help="Which metric; default: the first primary one.")] = "",
    base: Annotated[float | None, typer.Option(help="A share of customers, or with --sd a mean.")] = None,
    sd: Annotated[float | None, typer.Option(help="The standard deviation of the base among customers.")] = None,
    daily: Annotated[float | None, typer.Option(help="New customers a day; default: as in the past days.")] = None,
    as_json: Json = False,
) -> None:
    """Customers and days that an experiment takes, by the bank's own past or by a base that you name."""
    if key:
        asked = Question(mde, power, metric, daily)
        experiments_results.plan(load_settings(), key, asked, as_json=as_json)
        return
    if base is None or mde is None:
        raise Refused("experiment plan: name an experiment, or --base and --mde")
    experiments_results.plan_of_base(base, Wanted(mde, power=power), sd=sd, daily=daily, as_json=as_json)


@experiment_app.command("watch")
def experiment_watch(as_json: Json = False) -> None:
    """Look at what runs now: sample ratio, guardrails, ramps that are due; breaches act at once."""
    watching.watch(load_settings(), is_by_hand=True, as_json=as_json)


experiment_app.command("aa")(aa)
experiment_app.command("trial")(trial)
experiment_app.command("ope-coverage")(ope_coverage)

"""The groups of the command `huojia`: decisions, models, keys, customers, tags, jobs; policies from their own file."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from service.cli_experiment_results import experiment_app
from service.cli_experiments import layer_app
from service.cli_policies import audit_app, policy_app
from service.commands import audit, customers, jobs, models, tag_intake, tag_trail, tags
from service.commands.model_card import card
from service.settings import load_settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

decision_app = typer.Typer(no_args_is_help=True, help="Logged decisions: show, replay.")
model_app = typer.Typer(no_args_is_help=True, help="Trained models: list, card, promote.")
keys_app = typer.Typer(no_args_is_help=True, help="Service keys.")
customers_app = typer.Typer(no_args_is_help=True, help="Customers of this bank.")
tags_app = typer.Typer(no_args_is_help=True, help="Tags: how true, lasting and unique each has proved.")
jobs_app = typer.Typer(help="The daily jobs: when each is due, how it ended, what runs; `jobs run` runs them by hand.")
GROUPS = {
    "policy": policy_app,
    "layer": layer_app,
    "experiment": experiment_app,
    "audit": audit_app,
    "decision": decision_app,
    "model": model_app,
    "keys": keys_app,
    "customers": customers_app,
    "tags": tags_app,
    "jobs": jobs_app,
}


@model_app.command("list")
def model_list(as_json: Json = False) -> None:
    """Every version: which is in force, when and from which days it was trained, what it measured, where it is."""
    models.listed(load_settings(), as_json=as_json)


@model_app.command("card")
def model_card(
    version: Annotated[str, typer.Argument(help="A version of `model list`; default: the one in force.")] = "",
    as_json: Json = False,
) -> None:
    """What a model learnt from and is worth: data, samples, tiers, evidence, calibration, ablations, verdict."""
    card(load_settings(), version, as_json=as_json)


@model_app.command("promote")
def model_promote(
    version: Annotated[str, typer.Argument(help="A version of `model list`, for example m3.")], as_json: Json = False
) -> None:
    """Put an earlier artifact in force again, as a new version; running services follow within two seconds."""
    models.promote(load_settings(), version, as_json=as_json)


@decision_app.command("show")
def decision_show(decision_id: str) -> None:
    """A logged decision, as JSON."""
    audit.decision_show(load_settings(), decision_id)


@decision_app.command("replay")
def decision_replay(decision_ids: list[str], as_json: Json = False) -> None:
    """Take logged decisions again and compare; exit 1 when one differs."""
    audit.decision_replay(load_settings(), decision_ids, as_json=as_json)


@keys_app.command("create")
def keys_create(
    scope: Annotated[list[str], typer.Option(help="A scope, or x:* for each of x; may be repeated.")],
    owner: Annotated[str, typer.Option(help="Who acts with it; two keys of one owner are one person.")] = "",
    as_json: Json = False,
) -> None:
    """Create a service key; it is shown once."""
    audit.keys_create(load_settings(), scope, owner, as_json=as_json)


@customers_app.command("sample")
def customers_sample(number: Annotated[int, typer.Argument(min=1)], as_json: Json = False) -> None:
    """Ids of customers whose shelf is personal, active ones first."""
    ids = customers.sample_ids(load_settings(), number)
    typer.echo(orjson.dumps(ids).decode() if as_json else "\n".join(ids))


@tags_app.command("quality")
def tags_quality(
    tag: Annotated[str, typer.Option("--tag", help="One tag only.")] = "",
    as_json: Json = False,
) -> None:
    """The tag-quality table of the version in force, by lifecycle stage."""
    tags.quality(load_settings(), tag, as_json=as_json)


@tags_app.command("quarantine")
def tags_quarantine(
    *,
    tag: Annotated[str, typer.Option("--tag", help="One tag only.")] = "",
    rows: Annotated[bool, typer.Option("--rows", help="Every assignment too, with its customer.")] = False,
    as_json: Json = False,
) -> None:
    """Assignments that are kept out of use, by reason and tag, and what is wrong with the data of tags."""
    tag_intake.quarantine(load_settings(), tag, rows=rows, as_json=as_json)


@tags_app.command("history")
def tags_history(
    *,
    tag: Annotated[str, typer.Option("--tag", help="One tag only.")] = "",
    customer: Annotated[str, typer.Option("--customer", help="One customer only; lives of tags are nobody's.")] = "",
    since: Annotated[str, typer.Option("--since", help="The first day, YYYY-MM-DD; default: from the beginning.")] = "",
    until: Annotated[str, typer.Option("--until", help="The day before which the days end; default: all.")] = "",
    as_json: Json = False,
) -> None:
    """What became of tags and assignments, when and why: states, latent tags, quarantines; the newest last."""
    tag_trail.history(load_settings(), (tag, customer), (since, until), as_json=as_json)


@jobs_app.callback(invoke_without_command=True)
def jobs_table(context: typer.Context, as_json: Json = False) -> None:
    """When each daily job is due, its last success and failure, what runs now, and which process leads."""
    if context.invoked_subcommand is None:
        jobs.jobs(load_settings(), as_json=as_json)


@jobs_app.command("run")
def jobs_run(
    named: Annotated[
        list[str] | None, typer.Argument(metavar="[JOB]...", help="Run these, due or not; default: all that are due.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run daily jobs now, one after the other in the order of a day, each in a process of its own."""
    jobs.run_jobs(load_settings(), named or [], as_json=as_json)

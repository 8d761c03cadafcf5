"""The groups `huojia experiment` and `huojia layer`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.commands.experiments import acts, layers
from service.settings import load_settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Key = Annotated[str, typer.Argument(help="The key of an experiment.")]
File = Annotated[Path, typer.Argument(help="An experiment, YAML or JSON: docs/reference/experiment.md.")]
Actor = Annotated[str, typer.Option("--as", help="Who acts; default: the login name.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Customer = Annotated[str, typer.Argument(help="The id of a customer.")]

experiment_app = typer.Typer(no_args_is_help=True, help="Experiments: written, started, ramped, paused, stopped.")
layer_app = typer.Typer(no_args_is_help=True, help="Layers of experiments and their hold-outs.")


@experiment_app.command("list")
def experiment_list(as_json: Json = False) -> None:
    """Every experiment as it stands."""
    acts.listed(load_settings(), as_json=as_json)


@experiment_app.command("show")
def experiment_show(key: Key) -> None:
    """An experiment and all that was done to it, as JSON."""
    acts.show(load_settings(), key)


@experiment_app.command("draft")
def experiment_draft(file: File, *, reason: Reason = "", actor: Actor = "") -> None:
    """Keep a file as a new experiment; nobody is in it."""
    acts.draft(load_settings(), file, (actor, reason))


@experiment_app.command("edit")
def experiment_edit(file: File, *, reason: Reason = "", actor: Actor = "") -> None:
    """Replace a draft; of what runs only what moves nobody between arms."""
    acts.edit(load_settings(), file, (actor, reason))


@experiment_app.command("start")
def experiment_start(key: Key, *, reason: Reason = "", actor: Actor = "") -> None:
    """Let a draft run."""
    acts.start(load_settings(), key, (actor, reason))


@experiment_app.command("ramp")
def experiment_ramp(
    key: Key,
    coverage: Annotated[float, typer.Argument(help="Share of the experiment's ranges, above 0, up to 1.")],
    *,
    reason: Reason = "",
    actor: Actor = "",
) -> None:
    """Take another coverage: higher, or lower where the experiment is sticky."""
    acts.ramp(load_settings(), key, coverage, (actor, reason))


@experiment_app.command("pause")
def experiment_pause(key: Key, *, reason: Reason = "", actor: Actor = "") -> None:
    """Let nobody be in it for now."""
    acts.pause(load_settings(), key, (actor, reason))


@experiment_app.command("resume")
def experiment_resume(key: Key, *, reason: Reason = "", actor: Actor = "") -> None:
    """Let it run again, in the same phase."""
    acts.resume(load_settings(), key, (actor, reason))


@experiment_app.command("stop")
def experiment_stop(key: Key, *, reason: Reason = "", actor: Actor = "") -> None:
    """Let it run no more, for good."""
    acts.stop(load_settings(), key, (actor, reason))


@experiment_app.command("archive")
def experiment_archive(key: Key, *, reason: Reason = "", actor: Actor = "") -> None:
    """Hide what is stopped, or a draft."""
    acts.archive(load_settings(), key, (actor, reason))


@experiment_app.command("new-phase")
def experiment_new_phase(
    key: Key,
    changes: Annotated[Path | None, typer.Argument(help="The fields that are written anew, YAML or JSON.")] = None,
    *,
    reason: Reason = "",
    actor: Actor = "",
) -> None:
    """Draw and count everybody anew."""
    acts.new_phase(load_settings(), key, changes, (actor, reason))


@experiment_app.command("override")
def experiment_override(
    key: Key,
    customer: Customer,
    arm: Annotated[str, typer.Argument(help="An arm; without it the override is taken back.")] = "",
    *,
    until: Annotated[str, typer.Option(help="ISO 8601 time, at most 30 days ahead.")] = "",
    reason: Reason = "",
    actor: Actor = "",
) -> None:
    """Put a customer into an arm for a while, never counted."""
    if arm:
        acts.override(load_settings(), key, (customer, arm, until), (actor, reason))
    else:
        acts.take_back(load_settings(), key, customer, (actor, reason))


@layer_app.command("list")
def layer_list(as_json: Json = False) -> None:
    """Every layer, what it owns, and who is held out of it."""
    layers.listed(load_settings(), as_json=as_json)


@layer_app.command("make")
def layer_make(
    key: Annotated[str, typer.Argument(help="The key of the new layer.")],
    parameters: Annotated[list[str], typer.Argument(help="Paths of the policy that it owns.")],
    *,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    actor: Actor = "",
) -> None:
    """Keep a new layer; nothing of it ever changes."""
    layers.make(load_settings(), key, parameters, (actor, description))


@layer_app.command("hold-out")
def layer_hold_out(
    key: Annotated[str, typer.Argument(help="The key of the new hold-out.")],
    layer: Annotated[str, typer.Argument(help="A layer, or * for all.")],
    share: Annotated[float, typer.Argument(help="Share of the customers, above 0, up to 0.5.")],
    *,
    reason: Reason = "",
    actor: Actor = "",
) -> None:
    """Keep a share of the customers on the policy's own values."""
    layers.hold_out(load_settings(), (key, layer), share, (actor, reason))


@layer_app.command("end-hold-out")
def layer_end_hold_out(
    key: Annotated[str, typer.Argument(help="The key of a hold-out.")], *, reason: Reason = "", actor: Actor = ""
) -> None:
    """Let nobody be held out by it any more."""
    layers.end(load_settings(), key, (actor, reason))

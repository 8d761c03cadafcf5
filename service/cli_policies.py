"""The groups `huojia policy` and `huojia audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.commands import audit_log
from service.commands.policies import reading, shadow, writing
from service.commands.policies.naming import is_label
from service.commands.policies.preview import preview_command
from service.settings import load_settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _label(text: str) -> str:
    if not is_label(text):
        raise typer.BadParameter("a version is named as default@3, or 3 for one of the policy in force")
    return text


Version = Annotated[
    str, typer.Argument(help="A stored version: default@3, or 3 of the policy in force.", callback=_label)
]
File = Annotated[Path, typer.Argument(help="A policy file; it says what differs from its base.")]
Base = Annotated[
    int | None, typer.Option(min=1, help="The file differs from this version of its name; default: from the defaults.")
]
Actor = Annotated[str, typer.Option("--as", help="Who acts; default: the login name.")]
Comment = Annotated[str, typer.Option(help="What is said of it.")]
Sha256 = Annotated[str, typer.Option(help="SHA-256 of the content that was read; other content is not judged.")]
Reason = Annotated[str, typer.Option(help="Why.")]

policy_app = typer.Typer(no_args_is_help=True, help="Shelf policies: written, judged, published, rolled back.")
audit_app = typer.Typer(no_args_is_help=True, help="The audit log: verify, show.")


@policy_app.command("list")
def policy_list(as_json: Json = False) -> None:
    """Every version, its state, and which one is in force."""
    reading.listed(load_settings(), as_json=as_json)


@policy_app.command("show")
def policy_show(
    version: Annotated[str, typer.Argument(help="A stored version; default: the one in force.")] = "",
) -> None:
    """A policy, as JSON."""
    reading.show(load_settings(), version)


@policy_app.command("validate")
def policy_validate(file: File) -> None:
    """Check a policy file: every fault with its line."""
    reading.validate(load_settings(), file)


@policy_app.command("diff")
def policy_diff(
    one: Annotated[str, typer.Argument(help="A file or a version.")],
    other: Annotated[str, typer.Argument(help="Another one; without it ONE is compared with what is in force.")] = "",
) -> None:
    """Where two policies differ."""
    reading.diff(load_settings(), one, other)


policy_app.command("preview")(preview_command)


@policy_app.command("schema")
def policy_schema() -> None:
    """The JSON Schema of policy files, for an editor."""
    reading.schema()


@policy_app.command("history")
def policy_history(
    name: Annotated[str, typer.Argument(help="Default: the policy in force.")] = "", as_json: Json = False
) -> None:
    """What was in force when, judged by whom, planned for when."""
    reading.history(load_settings(), name, as_json=as_json)


@policy_app.command("draft")
def policy_draft(
    file: File,
    *,
    name: Annotated[str, typer.Option(help="The policy it is a version of; default: the one in force.")] = "",
    base: Base = None,
    comment: Comment = "",
    actor: Actor = "",
) -> None:
    """Keep a policy file as a new version, a draft."""
    writing.draft(load_settings(), file, name, base, (actor, comment))


@policy_app.command("edit")
def policy_edit(version: Version, file: File, *, base: Base = None, comment: Comment = "", actor: Actor = "") -> None:
    """Replace a version that is not published; what was said of it counts no more."""
    writing.edit(load_settings(), version, file, base, (actor, comment))


@policy_app.command("submit")
def policy_submit(version: Version, *, comment: Comment = "", actor: Actor = "") -> None:
    """Ask for somebody else's verdict on a draft."""
    writing.submit(load_settings(), version, (actor, comment))


@policy_app.command("approve")
def policy_approve(version: Version, *, sha256: Sha256 = "", comment: Comment = "", actor: Actor = "") -> None:
    """Approve a version that somebody else wrote."""
    writing.judge(load_settings(), version, "approve", sha256, (actor, comment))


@policy_app.command("reject")
def policy_reject(version: Version, *, sha256: Sha256 = "", comment: Comment = "", actor: Actor = "") -> None:
    """Send a version that somebody else wrote back."""
    writing.judge(load_settings(), version, "reject", sha256, (actor, comment))


@policy_app.command("publish")
def policy_publish(
    what: Annotated[str, typer.Argument(help="An approved version; in development mode also a file.")],
    *,
    at: Annotated[str, typer.Option(help="ISO 8601 time from which on; default: now.")] = "",
    until: Annotated[str, typer.Option(help="ISO 8601 time until which; then what was before comes back.")] = "",
    reason: Reason = "",
    actor: Actor = "",
) -> None:
    """Put a version in force."""
    writing.publish(load_settings(), what, (at, until), (actor, reason))


@policy_app.command("rollback")
def policy_rollback(version: Version, *, reason: Reason = "", actor: Actor = "") -> None:
    """Put a version in force again that was before."""
    writing.rollback(load_settings(), version, (actor, reason))


@policy_app.command("retire")
def policy_retire(version: Version, *, reason: Reason = "", actor: Actor = "") -> None:
    """Let a published version come into force no more."""
    writing.retire(load_settings(), version, (actor, reason))


@policy_app.command("cancel")
def policy_cancel(
    schedule: Annotated[int, typer.Argument(min=1, help="A number of `policy history`.")],
    *,
    reason: Reason = "",
    actor: Actor = "",
) -> None:
    """Drop the plan of a version."""
    writing.cancel(load_settings(), schedule, (actor, reason))


@policy_app.command("kill")
def policy_kill(*, reason: Reason = "", actor: Actor = "") -> None:
    """The kill switch: stop all shadows and plans; what was in force for a while gives way at once."""
    writing.kill(load_settings(), (actor, reason))


@policy_app.command("shadow")
def policy_shadow(
    version: Version,
    *,
    share: Annotated[float, typer.Option(help="Start it on this share of the requests, above 0, up to 1.")] = 0.0,
    stop: Annotated[bool, typer.Option("--stop", help="Stop it.")] = False,
    recompute: Annotated[bool, typer.Option("--recompute", help="Compute it again from the decision log.")] = False,
    as_json: Json = False,
    comment: Comment = "",
    actor: Actor = "",
) -> None:
    """Compute a version beside the one in force, shown to nobody; without options: what that found."""
    if (share != 0) + stop + recompute > 1:
        raise typer.BadParameter("--share, --stop and --recompute exclude one another")
    if share != 0:
        shadow.shadow_start(load_settings(), version, share, (actor, comment))
    elif stop:
        shadow.shadow_stop(load_settings(), version, (actor, comment))
    elif recompute:
        shadow.shadow_recompute(load_settings(), version, as_json=as_json)
    else:
        shadow.shadow_show(load_settings(), version, as_json=as_json)


@audit_app.command("verify")
def audit_verify(
    head: Annotated[str, typer.Option(help="A hash written down elsewhere, which the log must hold.")] = "",
    as_json: Json = False,
) -> None:
    """Compute the chain of the audit log anew, compare policies and activations with it; exit 1 where one differs."""
    audit_log.verify(load_settings(), head, as_json=as_json)


@audit_app.command("show")
def audit_show(
    last: Annotated[int, typer.Option(min=1, help="So many rows, the newest ones.")] = 20, as_json: Json = False
) -> None:
    """The newest rows of the audit log."""
    audit_log.show(load_settings(), last, as_json=as_json)

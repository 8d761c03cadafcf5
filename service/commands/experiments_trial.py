"""The command `huojia experiment trial`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.keyed import Secrets
from service.progress import progress_bar
from service.settings import Settings, load_settings
from service.simulate.live.client import Client
from service.simulate.trial.people import TrialSize
from service.study.trial import Summary, live_often, planned_size
from service.study.trial_over_http import Beside, over_http

_LIMITS = {"found": 0.75, "covered": 0.90, "twin": 0.05}


def trial(
    *,
    base_rate: Annotated[float, typer.Option(help="Share of customers who buy within the window, in the control.")],
    effect: Annotated[float, typer.Option(help="What the treatment adds, relative to the base rate: 0.2 is 20 %.")],
    n: Annotated[int, typer.Option(min=0, help="Customers who see a card; 0: the planner's own number.")] = 0,
    runs: Annotated[int, typer.Option(min=1, help="Experiments, of consecutive seeds.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same experiments.")] = 1,
    url: Annotated[str, typer.Option(help="Live one of them through this service, and compare.")] = "",
    key: Annotated[str, typer.Option(help="A key of that service.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Experiments whose effect is planted: how often it is found, and how often the intervals are right.

    Exit code 1 where one of the limits is missed at the planner's own number, or the service says something else.
    """
    try:
        size = planned_size(base_rate, effect, seed)
        size = size if n == 0 else TrialSize(n, base_rate, effect, seed)
        size.check()
    except ValueError as error:
        raise Refused(f"experiment trial: {error}") from None
    settings = load_settings()
    if url:
        _through(settings, size, (url, key), as_json=as_json)
        return
    keyed = Secrets(settings.secret_key, settings.unit_key)
    with progress_bar() as progress:
        planted = Summary.of(effect, live_often(size, runs, keyed, effect, progress))
        twin = Summary.of(0.0, live_often(size, runs, keyed, 0.0, progress))
    _tell(planted, twin, seed, as_json=as_json)
    missed = _missed(planted, twin) if n == 0 else []
    if missed:
        raise Refused(f"experiment trial: {'; '.join(missed)}")


def _missed(planted: Summary, twin: Summary) -> list[str]:
    covered = min(planted.covered, twin.covered)
    rules = (
        (planted.right >= _LIMITS["found"], f"found in {planted.right:.0%}, at least {_LIMITS['found']:.0%} wanted"),
        (covered >= _LIMITS["covered"], f"covered in {covered:.0%}, at least {_LIMITS['covered']:.0%} wanted"),
        (twin.found <= _LIMITS["twin"], f"the twin differs in {twin.found:.0%}, at most {_LIMITS['twin']:.0%} wanted"),
    )
    return [said for holds, said in rules if not holds]


def _tell(planted: Summary, twin: Summary, seed: int, *, as_json: bool) -> None:
    if as_json:
        say_json({"seed": seed, "planted": asdict(planted), "twin": asdict(twin)})
        return
    columns = ("effect", "found", "right way", "covered", "true", "mean", "width", "width at any time")
    rows = []
    for one in (planted, twin):
        shares = (f"{value:.2f}" for value in (one.found, one.right if one.effect else 0.0, one.covered))
        numbers = (f"{value:.4f}" for value in (one.true, one.mean, one.width, one.sequence_width))
        rows.append((f"{one.effect:+.0%}", *shares, *numbers))
    say_table(f"{planted.runs} experiments of {planted.customers:,} customers each, seeds from {seed}", columns, rows)
    say("found: the badge, which may be looked at whenever one likes, says that the arms differ")
    say("covered: the fixed 95 % interval at the end holds the true difference; widths are means, shares of customers")


def _through(settings: Settings, size: TrialSize, service: tuple[str, str], *, as_json: bool) -> None:
    client = Client(*service)
    try:
        with progress_bar() as progress:
            found = over_http(client, size, Secrets(settings.secret_key, settings.unit_key), progress)
    finally:
        client.close()
    _show(found, as_json=as_json)
    if not found.is_equal:
        raise Refused("experiment trial: the service and the short way do not agree")


def _show(found: Beside, *, as_json: bool) -> None:
    if as_json:
        say_json({"customers": found.customers, "arms_differ": found.arms_differ, "differences": found.differences})
        return
    rows = []
    for name, metric in (("service", found.served), ("short way", found.short)):
        (one,), arms = metric.comparisons, metric.arms
        counts = [f"{arm.converted:,} of {arm.customers:,}" for arm in arms]
        rows.append((name, *counts, f"{one.sequence.diff}", f"{one.sequence.low}", f"{one.sequence.high}"))
    say_table("one experiment, both ways", ("", "control", "variant", "difference", "low", "high"), rows)
    for line in found.differences:
        say(line)
    say(f"customers in another arm: {found.arms_differ}")

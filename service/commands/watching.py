"""`huojia experiment watch` and the job of that name: look at running experiments now."""

from __future__ import annotations

from service.bootstrap import runtime_of
from service.commands.output import say, say_json
from service.jobs.watch_experiments import Looked, watch_experiments
from service.settings import Settings


def watch(settings: Settings, *, is_by_hand: bool, as_json: bool = False) -> None:
    """Look at the experiments whose look is due, by hand at all that run, and say what was found and done."""
    with runtime_of(settings) as runtime:
        looked = watch_experiments(runtime, is_by_hand=is_by_hand)
    if as_json:
        say_json([one._asdict() for one in looked])
        return
    for one in looked:
        say(_line(one))
    say(f"{len(looked)} experiments looked at")


def _line(one: Looked) -> str:
    trust = "trusted" if one.is_trusted else "do not trust"
    broken = f"; broken: {', '.join(one.breached)}" if one.breached else ""
    return f"{one.experiment} phase {one.phase} look {one.look}: {trust}{broken}{f'; {one.done}' if one.done else ''}"

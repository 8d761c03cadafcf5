"""Layers and hold-outs by hand: list, make, hold out, end."""

from __future__ import annotations

import msgspec

from service.bootstrap import runtime_of, store_of
from service.commands.output import say, say_json, say_table
from service.commands.policies.naming import act_of
from service.experiments.documents import read_holdout, read_layer
from service.experiments.governed import layering_of
from service.settings import Settings


def listed(settings: Settings, *, as_json: bool) -> None:
    """Every layer, and who is held out of it."""
    with store_of(settings) as store:
        layers, holdouts = store.layers(), store.holdouts()
    if as_json:
        say_json({"layers": msgspec.to_builtins(layers), "holdouts": msgspec.to_builtins(holdouts)})
        return
    say_table(
        "", ("layer", "parameters", "description"), [(x.key, ", ".join(x.parameters), x.description) for x in layers]
    )
    shown = [(one.key, one.layer, f"{one.share:.2%}", "ended" if one.ended else "") for one in holdouts]
    say_table("", ("hold-out", "layer", "share", ""), shown)


def make(settings: Settings, key: str, parameters: list[str], said: tuple[str, str]) -> None:
    """Keep a new layer; `said` is (actor, description)."""
    actor, description = said
    layer = read_layer({"key": key, "parameters": parameters, "description": description})
    with runtime_of(settings) as runtime:
        layering_of(runtime).make(act_of(settings, actor), layer)
    say(f"layer {key} owns {', '.join(parameters)}")


def hold_out(settings: Settings, named: tuple[str, str], share: float, said: tuple[str, str]) -> None:
    """Hold a share of the customers out of a layer, or of all; `named` is (key, layer), `said` (actor, reason)."""
    key, layer = named
    holdout = read_holdout({"key": key, "layer": layer, "share": share})
    with runtime_of(settings) as runtime:
        done = layering_of(runtime).hold_out(act_of(settings, *said), holdout)
    say(f"{share:.2%} of the customers are held out of {layer}, generation {done.generation}")


def end(settings: Settings, key: str, said: tuple[str, str]) -> None:
    """End a hold-out."""
    with runtime_of(settings) as runtime:
        done = layering_of(runtime).end_holdout(act_of(settings, *said), key)
    say(f"hold-out {key} has ended, generation {done.generation}")

"""Trained models by hand: which there are, and putting an earlier one in force again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service import __version__
from service.bootstrap import rules_shelf, store_of
from service.calendar import date_of_day
from service.clock import Clock, iso
from service.commands.nothing import say_none
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.model_shelf import ModelShelf
from service.settings import Settings
from service.world import WorldBuilder

_COLUMNS = ("version", "in force", "trained at", "learnt from", "to", "MAP: factors or popularity", "path")
_UNREADABLE = "cannot be read"
_LONGEST = 9
"""Digits of a version: a number of more is in no store, and over what a database counts to."""


def listed(settings: Settings, *, as_json: bool) -> None:
    """Every version with what its manifest says; several may be the same artifact."""
    with store_of(settings) as store:
        promoted, now = store.models(), store.versions().model
        shelf = ModelShelf(settings.folder / "models", store)
        trained: dict[str, int] = {}
        told = []
        for version, path, sha256, promoted_us in promoted:
            first_us = trained.setdefault(sha256, promoted_us)
            times = {"trained_at": iso(first_us), "promoted_at": iso(promoted_us)}
            known = {"version": f"m{version}", "in_force": version == now, **times, **_summary(shelf, version)}
            told.append(known | {"path": str(settings.folder / "models" / path)})
    if as_json:
        say_json(told)
    elif told:
        say_table("models", _COLUMNS, [_row(one) for one in told])
    else:
        say_none("model", settings, "`huojia train` makes the first")


def promote(settings: Settings, version: str, *, as_json: bool) -> None:
    """Put an earlier artifact in force as a new version; refused, with nothing changed, where it cannot serve."""
    number = version_number(version)
    with store_of(settings) as store:
        shelf = ModelShelf(settings.folder / "models", store)
        if store.model(number) is None:
            raise Refused(f"model m{number}: not in the store; `huojia model list` shows what is there")
        builder = WorldBuilder(store, shelf, rules_shelf(settings), __version__)
        if store.versions().generation:  # it has to fit the catalogue that it is to serve
            builder.build(store.versions()._replace(model=number))
        new = shelf.promote_again(number, Clock(settings.start).now_us())
    if as_json:
        say_json({"version": f"m{new}", "artifact_of": f"m{number}"})
    else:
        say(f"model m{new} is in force, the artifact of m{number}")


def version_number(version: str) -> int:
    """The number of a version such as m3; raises Refused for other words."""
    digits = version.removeprefix("m")
    number = digits.lstrip("0")
    if not (digits.isascii() and digits.isdecimal() and number):
        raise Refused(f"model {version!r}: a version is m1, m2, …")
    if len(number) > _LONGEST:
        raise Refused(f"model m{number}: not in the store; `huojia model list` shows what is there")
    return int(digits)


def _summary(shelf: ModelShelf, version: int) -> dict[str, Any]:
    try:
        manifest = shelf.manifest(version)
    except Refused:
        return {"window": None, "events": None, "metrics": None, "map": None}
    window = {name: _date(day) for name, day in manifest["window"].items()}
    metrics = manifest.get("metrics", {})
    known = {"window": window, "events": manifest.get("events"), "metrics": metrics}
    return known | {"map": _map(metrics, by_factors=manifest["models"].get("als") is not None)}


def _date(day: object) -> object:
    return date_of_day(day).isoformat() if isinstance(day, int) else day


def _row(told: Mapping[str, Any]) -> Sequence[object]:
    window = told["window"] or {}
    found = told["map"]
    measured = "" if found is None else f"{found['model']} {found['map']:.4f}"
    metrics = _UNREADABLE if told["window"] is None else measured
    in_force = "yes" if told["in_force"] else ""
    learnt = (window.get("from_day"), window.get("as_of"))
    return (told["version"], in_force, told["trained_at"], *learnt, metrics, told["path"])


def _map(metrics: Mapping[str, Any], *, by_factors: bool) -> dict[str, Any] | None:
    """The MAP of the factors, of popularity in a model without any; None where nobody was measured."""
    name = "als" if by_factors else "popularity"
    measured = metrics.get("als", []) if by_factors else [metrics.get("popularity", {})]
    found = [one["map"] for one in measured if one.get("rankings")]
    return {"model": name, "map": max(found)} if found else None

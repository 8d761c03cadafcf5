"""The tag version in force as columns: definitions from the store, quality where it has been measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommender.tag_quality.tag_life import COUNTING
from recommender.training_data import TagMeanings
from service.latent_tags import is_inferred, scopes_of
from service.tag_lives import life_of
from shelf_rules.catalogue import Categories, Floats
from shelf_rules.facts import TagTable


def tag_table(
    definitions: Sequence[Mapping[str, Any]], version: int, categories: Categories, guards: Mapping[str, str]
) -> TagTable:
    """Columns over tag numbers; `guards` are the consents that some categories need (`Regime.scopes_needed`).

    A tag nobody has measured has an unknown quality; one that is neither active nor on watch, or that nobody has
    defined, has none.
    """
    size = 1 + max((int(item["tag_no"]) for item in definitions), default=-1)
    needs = {int(item["tag_no"]): scopes_of(item, categories, guards) for item in definitions}
    table = TagTable(
        version=f"t{version}",
        codes=tuple(_codes(definitions, size)),
        category=np.full(size, -1, dtype=np.int64),
        zone=np.full(size, -1, dtype=np.int64),
        polarity=np.ones(size),
        half_life=np.full(size, np.nan),
        weight=np.ones(size),
        quality=np.zeros((size, 3)),
        scopes=tuple(_scopes(definitions, size)),
        needs=tuple((number, scopes) for number, scopes in sorted(needs.items()) if scopes),
        inferred=tuple(sorted(int(item["tag_no"]) for item in definitions if is_inferred(item))),
    )
    zones = {name: index for index, name in enumerate(categories.zones)}
    for item in definitions:
        number = int(item["tag_no"])
        if item["category_no"] is not None:
            table.category[number] = item["category_no"]
        table.zone[number] = zones.get(item["zone"] or "", -1)
        table.polarity[number] = 1.0 if item["polarity"] is None else item["polarity"]
        if item["half_life_days"] is not None:
            table.half_life[number] = item["half_life_days"]
        trusted = item["kind"] is not None and life_of(item).state in COUNTING
        if trusted:
            table.quality[number] = np.nan
        measured = item.get("measured")
        if measured is not None:
            _take(table, number, measured, trusted=trusted)
    return table


def mean_quality(table: TagTable, unmeasured: float) -> Floats:
    """One quality a tag for the ranker: the mean over the stages, `unmeasured` where nobody has measured it."""
    return stage_mean(table.quality, unmeasured)


def stage_mean(quality: Floats, unmeasured: float) -> Floats:
    """The mean over the stages of [tags, stages]."""
    return np.asarray(np.where(np.isnan(quality), unmeasured, quality).mean(axis=1), dtype=np.float64)


def tag_meanings(table: TagTable, categories: Categories) -> TagMeanings:
    """What each tag claims: its category, else half of every one of its zone, within its scope; and how it ages.

    The half-life is that of the category in days, of a zone's tag the median of the zone's. Measured half-lives are
    left out: training must weigh a tag as it could be weighed on an earlier day, and they are of the present one.
    """
    own = table.category[:, None] == np.arange(len(categories))
    of_zone = ((table.category < 0) & (table.zone >= 0))[:, None] & (table.zone[:, None] == categories.zone)
    claims = np.where(own, 1.0, 0.5 * of_zone) * table.polarity[:, None]
    half_life = np.full(len(table.codes), np.inf)
    for number, scope in enumerate(table.scopes):
        if scope:
            inside = [code in scope for code in categories.codes]
            zones = [categories.zones[place] in scope for place in categories.zone.tolist()]
            claims[number] *= np.array(inside, dtype=np.bool_) | np.array(zones, dtype=np.bool_)
        if claims[number].any():
            half_life[number] = np.median(categories.half_life[claims[number] != 0])
    return TagMeanings(claims, half_life)


def _take(table: TagTable, number: int, measured: Mapping[str, Any], *, trusted: bool) -> None:
    """What was measured goes before what the provider says; a tag that is not trusted has no quality all the same."""
    table.weight[number] = measured["weight"]
    if measured["half_life_days"] is not None:
        table.half_life[number] = measured["half_life_days"]
    if trusted:
        table.quality[number] = [np.nan if value is None else value for value in measured["quality"]]


def _codes(definitions: Sequence[Mapping[str, Any]], size: int) -> list[str]:
    codes = [""] * size
    for item in definitions:
        codes[int(item["tag_no"])] = item["tag"]
    return codes


def _scopes(definitions: Sequence[Mapping[str, Any]], size: int) -> list[frozenset[str]]:
    scopes: list[frozenset[str]] = [frozenset()] * size
    for item in definitions:
        scopes[int(item["tag_no"])] = frozenset(part for part in (item["scope"] or "").split(";") if part)
    return scopes

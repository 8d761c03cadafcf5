"""What each family of features is worth: the blends fitted again without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from recommender.features import KINDS, NAMES, UNKNOWN, kind_of, seen
from recommender.logistic import Fitted, Rows, fit_logistic
from recommender.ranker import Blend
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats

POPULARITY = ("popularity", "popularity_60", "popularity_30", "popularity_of_strangers")
_FILTERING = ("item_item", "ease", "als")
_REPEAT = (
    "count", "decayed_count", "recency", "own_share", "repeat_hazard", "repeat_rate_of_bought", "repeat_rate", "held",
    "had_before", "maturing",
)  # fmt: skip
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "without tags": ("tag", "tag_of_strangers", "tag_claim"),
    "without collaborative filtering": (*_FILTERING, *(f"{name}_by_events" for name in _FILTERING)),
    "without repeat": _REPEAT,
    "without transition": ("transition", "transition_by_events"),
    "without eligibility": ("choice",),
    "popularity alone": tuple(name for name in NAMES if name not in POPULARITY),
}
"""The features that each ablation is not given."""

ONE_SET = ("without repeat", "popularity alone")
"""Ablations that do not know what a customer has had, so that one set of weights serves it and what is new."""


class Parts(NamedTuple):
    """The fits of a blend: one for products had and never had together, and those kinds that have their own."""

    both: Fitted
    own: Mapping[int, Fitted]

    def blend(self) -> Blend:
        """The weights by kind."""
        parts = [self.own.get(kind, self.both) for kind in range(KINDS)]
        return Blend(np.stack([part.weights for part in parts]), np.array([part.constant for part in parts]))


class _Group(NamedTuple):
    """The rows that one fit of a blend learnt from; `kind` is None for the fit of both kinds."""

    kind: int | None
    fitted: Fitted
    features: Rows
    truth: Bools
    weight: Floats
    names: tuple[str, ...]  # ablations that need it


def ablations(parts: Parts, rows: RankingRows, weight: Floats, unknown: Mapping[int, RankingRows]) -> dict[str, Blend]:
    """The blend without each family that it gives weight: the same rows and penalties, fitted on from its weights."""
    used = [name for name in FAMILIES if any(_weighs(part, name) for part in (parts.both, *parts.own.values()))]
    both, own = dict.fromkeys(used, parts.both), {name: dict(parts.own) for name in used}
    for group in _groups(parts, rows, weight, unknown, used):
        for name in group.names:
            fitted = _without(group, name)
            if group.kind is None:
                both[name] = fitted
            else:
                own[name][group.kind] = fitted
    for name in set(used) & set(ONE_SET):
        own[name] = {kind: one for kind, one in own[name].items() if kind in UNKNOWN}
    return {name: Parts(both[name], own[name]).blend() for name in used}


def _groups(
    parts: Parts, rows: RankingRows, weight: Floats, unknown: Mapping[int, RankingRows], used: list[str]
) -> Iterator[_Group]:
    kinds = kind_of(rows.features.T)
    shared = len(parts.own) < KINDS
    inside = seen(kinds)
    names = tuple(name for name in used if shared or name in ONE_SET)
    if names:
        yield _Group(None, parts.both, rows.features[inside], rows.truth[inside], weight[inside], names)
    for kind, fitted in parts.own.items():
        if kind in unknown:
            own = unknown[kind]
            yield _Group(kind, fitted, own.features, own.truth, own.weight(), tuple(used))
        else:
            inside, names = kinds == kind, tuple(name for name in used if name not in ONE_SET)
            yield _Group(kind, fitted, rows.features[inside], rows.truth[inside], weight[inside], names)


def _without(group: _Group, name: str) -> Fitted:
    if not _weighs(group.fitted, name):
        return group.fitted
    return fit_logistic(
        group.features, group.truth, group.weight, group.fitted.l2, group.fitted, without=_places(name)
    )  # fmt: skip


def _weighs(fitted: Fitted, name: str) -> bool:
    return bool(np.any(fitted.weights[_places(name)]))


def _places(name: str) -> list[int]:
    return [NAMES.index(feature) for feature in FAMILIES[name]]

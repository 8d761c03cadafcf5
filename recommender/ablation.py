"""What each family of features is worth: the blends fitted again without it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.blend_parts import Mixture, Parts
from recommender.features import KINDS, NAMES, UNKNOWN
from recommender.logistic import Fitted
from recommender.ranker import Blend

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


def ablations(parts: Parts, mixture: Mixture) -> dict[str, Blend]:
    """The blend without each family that it gives weight: the same rows and penalties, fitted on from its weights."""
    used = [name for name in FAMILIES if any(_weighs(part, name) for part in (parts.both, *parts.own.values()))]
    both, own = dict.fromkeys(used, parts.both), {name: dict(parts.own) for name in used}
    for group in parts.groups(mixture):
        for name in used:
            if not _is_asked(group.kind, name, parts) or not _weighs(group.fitted, name):
                continue
            fitted = group.fit(_places(name))
            if group.kind is None:
                both[name] = fitted
            else:
                own[name][group.kind] = fitted
    for name in set(used) & set(ONE_SET):
        own[name] = {kind: one for kind, one in own[name].items() if kind in UNKNOWN}
    return {name: Parts(both[name], own[name]).blend() for name in used}


def _is_asked(kind: int | None, name: str, parts: Parts) -> bool:
    """Whether an ablation needs the fit of a kind, None being that of both kinds."""
    if kind is None:
        return len(parts.own) < KINDS or name in ONE_SET
    return kind in UNKNOWN or name not in ONE_SET


def _weighs(fitted: Fitted, name: str) -> bool:
    return bool(np.any(fitted.weights[_places(name)]))


def _places(name: str) -> list[int]:
    return [NAMES.index(feature) for feature in FAMILIES[name]]

"""The first stage and the ranker that an artifact holds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from recommender.artifact import Artifact, ArtifactError
from recommender.cells import Scale
from recommender.features import KINDS, NAMES
from recommender.first_stage import FirstStage
from recommender.interactions import HalfLives, Items, usual_of
from recommender.models.als import Als
from recommender.ranker import BLENDS, Ranker

_PARTS = ("popularity", "repeat", "transition", "tag_linear", "tag_claims", "item_item", "ease", "choice")


class Ranking(NamedTuple):
    """What ranks: the models whose scores are features, and the blends of these."""

    stage: FirstStage
    ranker: Ranker


def ranking_of(artifact: Artifact) -> Ranking | None:
    """What the artifact ranks with, None without a ranker. Raises ArtifactError for other features than these."""
    settings = artifact.manifest["models"].get("ranker")
    if settings is None:
        return None
    arrays, size = artifact.part("ranker"), (len(BLENDS), KINDS, len(NAMES))
    if tuple(settings["features"]) != NAMES or not arrays or arrays["weights"].shape != size:
        raise ArtifactError("ranker: made for other features than this release has")
    if "leaning" not in settings:
        raise ArtifactError("ranker: made by an earlier release, which ordered otherwise: train again")
    items = Items(artifact.arrays["items.product"], artifact.arrays["items.category"])
    half_lives, usual = HalfLives(**artifact.manifest["half_lives"]), artifact.arrays["population.usual"]
    scale = Scale(items.category.astype(np.int64), len(usual), usual_of(items, usual), half_lives.by_kind())
    parts: dict[str, Any] = {name: part for name in _PARTS if (part := artifact.part(name))}
    return Ranking(FirstStage.from_parts(parts, items, scale, als_of(artifact)), Ranker.from_arrays(arrays, settings))


def als_of(artifact: Artifact) -> Als | None:
    """The factors, where training found them better than popularity."""
    arrays, settings = artifact.part("als"), artifact.manifest["models"].get("als")
    if not arrays or settings is None:
        return None
    return Als.from_arrays(
        arrays,
        alpha=settings["alpha"],
        regularisation=settings["regularisation"],
        lambda_mode=settings["lambda_mode"],
    )

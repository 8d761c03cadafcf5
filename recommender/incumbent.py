"""How the model in force ranks the rows on which a new one is judged, without having seen their future."""

from __future__ import annotations

import numpy as np

from recommender.artifact import Artifact, ArtifactError
from recommender.blending import Test
from recommender.features import features
from recommender.ranker import BLENDS
from recommender.ranking_rows import RankingRows, Sample
from recommender.stage_of import Ranking, ranking_of
from recommender.states import Histories
from recommender.training_data import Floats, TrainingData

_BLOCK = 200  # customers whose features are made at a time


def served_blends(artifact: Artifact | None) -> frozenset[str]:
    """The blends that an artifact serves."""
    settings = None if artifact is None else artifact.manifest["models"].get("ranker")
    return frozenset() if settings is None else frozenset(settings["blends"])


def incumbent_scores(artifact: Artifact, test: Test) -> dict[str, Floats] | None:
    """Scores of the test's rows by blend; None where nothing honest can be said: the model knows later days.

    A model from before the test ranks as it is. One trained within the test's days ranks with its own weights over the
    first stage that did not see them, because its tables know what was bought; the weights of its tiers, the only ones
    compared, were fitted on earlier days.
    Without a blend it ranks by its factors, else by popularity in the window.
    """
    if artifact.manifest["window"]["as_of"] > test.data.as_of:
        return None
    before = artifact.manifest["window"]["as_of"] < test.from_day
    try:
        ranking = ranking_of(artifact)
    except ArtifactError:
        ranking = None  # of another release: it ranks by what both have
    plain = "als" if artifact.part("als") else "popularity_60"
    found = {}
    for place, name in enumerate(BLENDS):
        if name not in test.rows:
            continue
        rows = test.rows[name]
        if ranking is None or not ranking.ranker.known[place]:
            found[name] = rows.feature(plain if rows.feature(plain).any() else "popularity_60")
        elif before:
            found[name] = _as_it_is(ranking, test.data, test.samples[name], rows, place)
        else:
            found[name] = ranking.ranker.blend(place).logits(rows.features)
    return found


def _as_it_is(ranking: Ranking, data: TrainingData, sample: Sample, rows: RankingRows, place: int) -> Floats:
    """By the model's own first stage; nan for products it does not know."""
    stage, ranker = ranking
    histories = Histories.of(data, stage.items)
    item = stage.items.rows(rows.product)[rows.item]
    found = np.full(len(rows.truth), np.nan)
    for start in range(0, len(sample.customer), _BLOCK):
        part = slice(start, start + _BLOCK)
        block, _ = features(stage, histories.at(sample.customer[part], sample.day[part]))
        inside = slice(*np.searchsorted(rows.customer, [start, start + _BLOCK]))
        own, known = rows.customer[inside] - start, item[inside] >= 0
        logits = ranker.blend(place).logits(block[:, own, item[inside]].T)
        found[inside] = np.where(known, logits, np.nan)
    return found

"""The gate: which blends may serve, and whether a new model may replace the one in force."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from recommender.artifact import Artifact
from recommender.factorisation import AlsSettings
from recommender.features import NAMES
from recommender.incumbent import incumbent_scores, served_blends
from recommender.promotion import LARGEST_ECE, judge, left_out
from recommender.ranker import BLENDS, TIERS, Ranker
from recommender.train import Trained, TrainingSettings, train
from tests.unit.recommender.bank import AS_OF, bank_of_tastes

SETTINGS = TrainingSettings(als_grid=(AlsSettings(factors=4, regularisation=1.0, alpha=4.0),))
SHARPER, NO_SHARPER = {"mean": 0.02, "low": 0.01, "high": 0.03}, {"mean": 0.02, "low": -0.01, "high": 0.05}
MEASURED = {
    "over_popularity": {"mean": 0.1, "low": 0.05, "high": 0.15},
    "log_loss_saved": NO_SHARPER,
    "models": {"popularity": {"ndcg": 0.4}},
    "ece": 0.001,
    "ece_by_chance": 0.0005,
}


@cache
def trained(as_of: int = AS_OF) -> Trained:
    return train(bank_of_tastes(customers=600, count=24_000).until(as_of), SETTINGS)


def changed(one: Trained, **parts: Any) -> Trained:
    return replace(one, **parts)


def with_manifest(artifact: Artifact, **parts: Any) -> Artifact:
    return Artifact(artifact.arrays, {**artifact.manifest, **parts})


def served() -> list[str]:
    return [name for name in TIERS if name in served_blends(trained().artifact)]


def test_a_first_model_is_promoted_when_it_is_sound() -> None:
    verdict = judge(trained(), None)
    assert verdict.promote
    assert verdict.against == ()
    assert verdict.compared == {}
    assert served()


def test_a_number_that_is_none_or_a_wrong_shape_is_refused() -> None:
    arrays = trained().artifact.arrays
    for name, array in (("ranker.weights", np.full((4, 2, len(NAMES)), np.nan)), ("repeat.rate", np.zeros(3))):
        verdict = judge(
            changed(trained(), artifact=Artifact({**arrays, name: array}, trained().artifact.manifest)), None
        )
        assert not verdict.promote
        assert name.partition(".")[0] in verdict.against[0]


def test_a_model_is_no_worse_than_itself() -> None:
    verdict = judge(trained(), trained().artifact)
    assert verdict.promote, verdict.against
    assert set(verdict.compared) == set(served())
    assert {one["all"]["mean"] for one in verdict.compared.values()} == {0.0}


def test_a_model_that_ranks_upside_down_is_refused_with_the_reason() -> None:
    ranker = trained().ranker
    assert ranker is not None
    worse = Ranker(-ranker.weights, ranker.constant, ranker.calibration, ranker.known, ranker.window_days)
    verdict = judge(changed(trained(), ranker=worse), trained().artifact)
    assert not verdict.promote
    assert any("nDCG@10 of all customers" in reason for reason in verdict.against)


def test_an_older_model_is_compared_as_it_is() -> None:
    older = trained(AS_OF - 90).artifact
    test = trained().test
    assert test is not None
    assert older.manifest["window"]["as_of"] < test.from_day
    scores = incumbent_scores(older, test)
    assert scores is not None
    for name in served_blends(older) & set(scores):
        assert len(scores[name]) == len(test.rows[name].truth)
        assert np.isfinite(scores[name]).mean() > 0.9
    assert judge(trained(), older).compared


def test_a_model_that_has_seen_later_days_is_no_measure() -> None:
    later = with_manifest(trained().artifact, window={"from_day": 0, "as_of": AS_OF + 1})
    verdict = judge(trained(), later)
    assert verdict.promote
    assert any("has seen the days" in note for note in verdict.notes)


def test_a_model_without_a_ranker_is_compared_by_its_factors() -> None:
    plain = with_manifest(trained().artifact, models={**trained().artifact.manifest["models"], "ranker": None})
    test = trained().test
    assert test is not None
    scores = incumbent_scores(plain, test)
    assert scores is not None
    for name in served():
        assert scores[name].tolist() == test.rows[name].feature("als").tolist()
    assert judge(trained(), plain).promote


def measured(**changes: Any) -> dict[str, Any]:
    return {"blends": {name: {**MEASURED, **changes} for name in BLENDS}}


def test_a_blend_that_is_no_better_than_popularity_is_left_out() -> None:
    over = {"mean": 0.01, "low": -0.002, "high": 0.03}
    assert left_out(measured()) == {}
    assert all("popularity" in reason for reason in left_out(measured(over_popularity=over)).values())
    assert set(left_out({"blends": {}})) == set(BLENDS)


def test_surely_sharper_and_surely_not_worse_is_better_than_popularity() -> None:
    over = {"mean": 0.01, "low": -0.0019, "high": 0.03}
    assert left_out(measured(over_popularity=over, log_loss_saved=SHARPER)) == {}
    assert set(left_out(measured(over_popularity={**over, "low": -0.0021}, log_loss_saved=SHARPER))) == set(BLENDS)
    assert set(left_out(measured(over_popularity=over))) == set(BLENDS)


def test_a_blend_that_is_not_calibrated_is_left_out_unless_chance_explains_it() -> None:
    assert set(left_out(measured(ece=LARGEST_ECE + 0.01))) == set(TIERS)
    assert left_out(measured(ece=LARGEST_ECE + 0.01, ece_by_chance=0.01)) == {}


def test_losing_a_tier_to_bad_calibration_is_refused_and_losing_it_to_popularity_is_told() -> None:
    tier = served()[0]
    for reason, promoted in (("calibration error 0.0300, at most 0.01", False), ("not better than popularity", True)):
        verdict = judge(changed(trained(), left_out={tier: reason}), trained().artifact)
        assert verdict.promote == promoted
        assert any(reason in note for note in verdict.notes)


@pytest.mark.parametrize("place", range(len(TIERS)))
def test_a_blend_left_out_gives_no_probability(place: int) -> None:
    ranker = trained().ranker
    assert ranker is not None
    known = np.arange(len(BLENDS)) != place
    found = Ranker(ranker.weights, ranker.constant, ranker.calibration, known, 60).probabilities(
        np.zeros((len(NAMES), 2))
    )
    assert np.isnan(found[place]).all()
    assert np.isfinite(found[known]).all()

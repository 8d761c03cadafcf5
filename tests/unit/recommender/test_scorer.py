"""The model at request time."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.artifact import Artifact
from recommender.factorisation import AlsSettings
from recommender.profile.state import EVENTS, KIND
from recommender.scorer import Scorer
from recommender.train import TrainingSettings, fit
from recommender.training_data import Events
from tests.unit.recommender.bank import AS_OF, CATEGORIES, bank, bank_of_tastes

DATA = bank_of_tastes()
ARTIFACT = fit(DATA, TrainingSettings(als_grid=(AlsSettings(factors=4, regularisation=1.0, alpha=4.0),)))
CATALOGUE = np.array([500, 9, 3, 5, 122, 7])  # 500 is new, 122 beyond the training's last product
SCORER = Scorer(ARTIFACT, CATALOGUE)


def events(*rows: tuple[int, str, int, int]) -> np.ndarray:
    return np.array([(product, KIND[kind], day, amount) for product, kind, day, amount in rows], EVENTS)


EVEN = events(*[(3 + 4 * n, "purchase", AS_OF - n, 1_000) for n in range(4)])


def test_scores_follow_the_customers_taste_in_catalogue_order() -> None:
    scores = SCORER.scores(EVEN, AS_OF)
    assert scores is not None
    wide = Scorer(ARTIFACT, 2 * np.arange(60) + 3).scores(EVEN, AS_OF)
    assert wide is not None
    assert wide[0::2].mean() > wide[1::2].mean()
    assert scores[2] == pytest.approx(wide[0])
    assert scores[3] == pytest.approx(wide[1])


def test_a_product_the_model_does_not_know_has_no_score_and_no_popularity() -> None:
    scores = SCORER.scores(EVEN, AS_OF)
    assert scores is not None
    assert np.isnan(scores).tolist() == [True, False, False, False, True, False]
    assert SCORER.popularity[[0, 4]].tolist() == [0, 0]
    assert (SCORER.popularity[[1, 2, 3, 5]] > 0).all()


def test_held_products_have_a_score() -> None:
    scores = SCORER.scores(events((3, "purchase", AS_OF, 5)), AS_OF)
    assert scores is not None
    assert np.isfinite(scores[2])


def test_only_the_rows_asked_for_are_scored() -> None:
    scores, asked = SCORER.scores(EVEN, AS_OF), SCORER.scores(EVEN, AS_OF, np.array([0, 3]))
    assert scores is not None
    assert asked is not None
    assert np.isnan(asked).tolist() == [True, True, True, False, True, True]
    assert asked[3] == pytest.approx(scores[3])


@pytest.mark.parametrize("given", [events(), events((499, "purchase", AS_OF, 5)), events((3, "click", AS_OF + 1, -1))])
def test_without_an_event_that_counts_there_is_no_score(given: np.ndarray) -> None:
    assert SCORER.scores(given, AS_OF) is None


def test_without_factors_there_is_no_score() -> None:
    arrays = {name: array for name, array in ARTIFACT.arrays.items() if name != "als.item_factors"}
    plain = Scorer(Artifact(arrays, {**ARTIFACT.manifest, "models": {"als": None}}), CATALOGUE)
    assert plain.scores(EVEN, AS_OF) is None
    assert plain.popularity.tolist() == SCORER.popularity.tolist()


def test_popularity_ranks_are_those_of_the_catalogue() -> None:
    assert (
        np.argsort(SCORER.popularity_rank, kind="stable").tolist()
        == np.argsort(SCORER.popularity, kind="stable").tolist()
    )
    assert SCORER.popularity_rank.max() == 1


def test_peers_are_the_customers_group_at_training() -> None:
    customer = 7
    goal = None if DATA.goal[customer] < 0 else DATA.goals[DATA.goal[customer]]
    k, n = SCORER.peers(int(DATA.birth_year[customer]), goal, int(DATA.joined_day[customer]), AS_OF)
    assert n >= 1
    assert k.shape == (CATEGORIES,)
    assert (k <= n).all()
    nobody = SCORER.peers(None, "a yacht", -1, AS_OF)
    assert nobody[1] == 0


def test_a_model_of_no_history_scores_nothing() -> None:
    empty = Scorer(fit(bank(Events(), customers=2)), CATALOGUE)
    assert empty.scores(EVEN, AS_OF) is None
    assert empty.popularity.tolist() == [0] * len(CATALOGUE)


def test_an_empty_catalogue_has_no_scores() -> None:
    nothing = Scorer(ARTIFACT, CATALOGUE[:0]).scores(EVEN, AS_OF)
    assert nothing is not None
    assert len(nothing) == 0


def test_the_history_decides_not_its_order() -> None:
    scores, turned = SCORER.scores(EVEN, AS_OF), SCORER.scores(EVEN[::-1], AS_OF)
    assert scores is not None
    assert turned == pytest.approx(scores, nan_ok=True)

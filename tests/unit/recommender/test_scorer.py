"""The model at request time."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.artifact import Artifact, ArtifactError
from recommender.factorisation import AlsSettings
from recommender.features import features
from recommender.leaning import UNBENT, Leaning
from recommender.profile.state import EVENTS, KIND, SPELLS
from recommender.ranker import TIERS
from recommender.scorer import Scorer
from recommender.stage_of import ranking_of
from recommender.states import EVENTS_READ, Past, states_of
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


def leant(leaning: Leaning) -> Artifact:
    """The artifact, its transferable tier ordered with a leaning."""
    models = ARTIFACT.manifest["models"]
    ranker = {**models["ranker"], "leaning": leaning._asdict()}
    return Artifact(ARTIFACT.arrays, {**ARTIFACT.manifest, "models": {**models, "ranker": ranker}})


NOBODY = Past(events(), np.zeros(0, SPELLS), np.empty(0, np.int64), np.empty(0))


def test_probabilities_are_of_three_tiers_rounded_and_unknown_for_strange_products() -> None:
    found = SCORER.chances([NOBODY._replace(events=EVEN)], AS_OF)
    assert found is not None
    chances = found.tiers
    assert chances.shape == (3, 1, len(CATALOGUE))
    assert np.isnan(chances[..., [0, 4]]).all()
    known = chances[np.isfinite(chances)]
    assert ((known > 0) & (known < 1)).all()
    assert np.array_equal(np.round(known, 9), known)


def test_nobodys_features_or_probabilities_hang_on_who_is_scored_beside_them() -> None:
    wide = Scorer(leant(Leaning(0.4, 0.2)), 2 * np.arange(60) + 3)
    often = events(*[(3 + 2 * (n % 60), "click", AS_OF - n // 4, -1) for n in range(EVENTS_READ + 20)])
    held = np.array([(0, 5, AS_OF - 40, -1, AS_OF + 9, AS_OF - 40, 7, 1)], SPELLS)
    tags, values = np.array([0]), np.array([0.6])
    pasts = [NOBODY, NOBODY._replace(events=often), NOBODY._replace(events=EVEN), Past(EVEN[:2], held, tags, values)]
    together = wide.chances(pasts * 2, AS_OF)
    assert together is not None
    ranking = ranking_of(ARTIFACT)
    assert ranking is not None
    item_of = np.append(np.arange(122) // 2 - 1, -1)
    block, _ = features(ranking.stage, states_of(pasts, item_of, AS_OF))
    for place, past in enumerate(pasts):
        alone = wide.chances([past], AS_OF)
        assert alone is not None
        assert together.tiers[:, [place, place + 4]].tobytes() == np.repeat(alone.tiers, 2, axis=1).tobytes()
        assert together.leaning is not None
        assert alone.leaning is not None
        assert together.leaning[[place, place + 4]].tobytes() == np.repeat(alone.leaning, 2, axis=0).tobytes()
        assert block[:, [place]].tobytes() == features(ranking.stage, states_of([past], item_of, AS_OF))[0].tobytes()


def test_the_leaning_is_that_of_the_ranker_by_catalogue_row_and_unknown_for_strange_products() -> None:
    found = Scorer(leant(Leaning(0.4, 0.2)), CATALOGUE).chances([NOBODY._replace(events=EVEN)], AS_OF)
    assert found is not None
    assert found.leaning is not None
    assert np.isnan(found.leaning[0]).tolist() == np.isnan(found.tiers[0, 0]).tolist()
    ranking = ranking_of(leant(Leaning(0.4, 0.2)))
    assert ranking is not None
    rows = ranking.stage.items.rows(CATALOGUE)
    popularity = ranking.stage.constants["popularity"][rows[rows >= 0]]
    assert found.leaning[0, rows >= 0] == pytest.approx(-0.2 * popularity, abs=1e-8)  # nobody claims anything
    plain = Scorer(leant(UNBENT), CATALOGUE).chances([NOBODY], AS_OF)
    assert plain is not None
    assert plain.leaning is None


def test_a_ranker_that_ordered_otherwise_is_refused() -> None:
    ranker = {name: value for name, value in ARTIFACT.manifest["models"]["ranker"].items() if name != "leaning"}
    models = {**ARTIFACT.manifest["models"], "ranker": ranker}
    with pytest.raises(ArtifactError, match="train again"):
        Scorer(Artifact(ARTIFACT.arrays, {**ARTIFACT.manifest, "models": models}), CATALOGUE)


def test_a_list_expects_at_least_one_product_of_those_that_could_be_bought() -> None:
    wide, customers = Scorer(ARTIFACT, 2 * np.arange(60) + 3), np.arange(40)
    days, eligible = np.full(40, AS_OF), np.zeros((40, 60), np.bool_)
    eligible[:, :3] = True
    found = wide.listing(DATA, customers, days, eligible)
    assert (found[:, :3].sum(axis=1) > 1 - 1e-6).all()
    assert (wide.listing(DATA, customers, days).sum(axis=1) > 1 - 1e-6).all()


def test_the_list_follows_taste_and_is_the_same_however_customers_are_batched() -> None:
    wide = Scorer(ARTIFACT, 2 * np.arange(60) + 3)
    customers = np.arange(40)
    days = np.full(40, AS_OF)
    found = wide.listing(DATA, customers, days)
    assert found.shape == (40, 60)
    assert found[0::2, 0::2].mean() > 2 * found[0::2, 1::2].mean()
    alone = np.vstack([wide.listing(DATA, customers[[row]], days[[row]]) for row in (0, 7, 39)])
    assert np.allclose(found[[0, 7, 39]], alone, atol=2e-9)


def test_without_a_ranker_there_is_no_probability_and_the_list_is_popularity() -> None:
    models = {**ARTIFACT.manifest["models"], "ranker": None}
    plain = Scorer(Artifact(ARTIFACT.arrays, {**ARTIFACT.manifest, "models": models}), CATALOGUE)
    assert plain.chances([NOBODY], AS_OF) is None
    assert not plain.ranks_all
    found = plain.listing(DATA, np.array([0, 1]), np.array([AS_OF, AS_OF]))
    assert np.array_equal(found[0], found[1], equal_nan=True)
    assert np.nansum(found[0]) == pytest.approx(1)


def test_a_ranker_of_other_features_is_refused() -> None:
    ranker = {**ARTIFACT.manifest["models"]["ranker"], "features": ["count"]}
    other = Artifact(
        ARTIFACT.arrays, {**ARTIFACT.manifest, "models": {**ARTIFACT.manifest["models"], "ranker": ranker}}
    )
    with pytest.raises(ArtifactError, match="other features"):
        Scorer(other, CATALOGUE)


def test_what_a_customer_had_has_a_chance_in_every_tier_and_the_best_ones_in_the_fixed_tier() -> None:
    """recommender.md §12, trap 1: a list that leaves out what somebody has would empty the fixed tier."""
    wide = Scorer(ARTIFACT, 2 * np.arange(60) + 3)
    held = np.array([(0, 3, AS_OF - 40, -1, -1, AS_OF - 40, 7, 1)], SPELLS)
    found = wide.chances([NOBODY._replace(events=EVEN), NOBODY._replace(spells=held)], AS_OF)
    assert found is not None
    chances = found.tiers
    kept = np.isfinite(chances).any(axis=(1, 2))
    assert kept[TIERS.index("fixed")]
    assert np.isfinite(chances[kept]).all()
    own = np.isin(np.arange(60), [0, 2, 4, 6])
    fixed = chances[TIERS.index("fixed"), 0]
    assert fixed[own].min() > np.median(fixed[~own])
    scores = wide.scores(EVEN, AS_OF)
    assert scores is not None
    assert np.isfinite(scores[own]).all()

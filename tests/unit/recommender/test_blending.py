"""The ranker's training: what it may see, and what it makes of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.blending import Blended, blend, final_stage, window_of
from recommender.features import NAMES
from recommender.first_stage import StageSettings
from recommender.interactions import PURCHASES, HalfLives, Items
from recommender.promotion import left_out, measure
from recommender.ranker import BLENDS, LISTING, TIERS
from recommender.train import TrainingSettings, train
from recommender.training_data import Events, TrainingData
from tests.unit.recommender.bank import AS_OF, bank, bank_of_tastes, shuffled

SETTINGS = StageSettings(None, HalfLives())


@cache
def tastes() -> TrainingData:
    return bank_of_tastes(customers=600, count=24_000)


@cache
def of_tastes() -> Blended:
    return blended(tastes())


def blended(data: TrainingData) -> Blended:
    found = blend(data, Items.of(data.events, data.spells), SETTINGS, "auto", 0)
    assert found is not None
    return found


def test_the_same_data_in_any_order_give_the_same_ranker() -> None:
    one, other = of_tastes().ranker, blended(shuffled(tastes())).ranker
    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.calibration.tobytes() == other.calibration.tobytes()


def test_what_is_served_is_what_was_judged_where_the_days_of_the_test_came_later() -> None:
    found = of_tastes()
    assert found.side_by_side == ()
    assert found.served.weights.tobytes() == found.ranker.weights.tobytes()


def test_a_list_of_single_occasions_learns_from_everybody_once_judged() -> None:
    data = tastes()
    items = Items.of(data.events, data.spells)
    found = blend(data, items, SETTINGS, "occasion", 0)
    again = blend(shuffled(data), items, SETTINGS, "occasion", 0)
    assert found is not None
    assert again is not None
    assert found.side_by_side == (LISTING,)
    place = BLENDS.index(LISTING)
    assert not np.allclose(found.served.weights[place], found.ranker.weights[place], atol=1e-3)
    assert found.served.weights.tobytes() == again.served.weights.tobytes()
    assert found.served.calibration.tobytes() == again.served.calibration.tobytes()
    artifact = train(data, TrainingSettings(als_grid=(), protocol="occasion")).artifact
    assert artifact.arrays["ranker.weights"][place] == pytest.approx(found.served.weights[place], abs=1e-6)


def test_the_listing_beats_popularity_where_there_is_taste() -> None:
    measured = measure(of_tastes())
    models = measured["blends"][LISTING]["models"]
    assert models["ranker"]["ndcg"] > models["popularity"]["ndcg"] + 0.05
    assert LISTING not in left_out(measured)
    assert measured["protocol"] == "window"


def test_the_first_stage_of_the_test_knows_nothing_of_its_days() -> None:
    """Trap 10: encodings come from earlier days only."""
    found = of_tastes()
    data, start = tastes(), found.test.from_day
    stage = final_stage(data.until(start - 1), found.test.stage.items, SETTINGS)
    assert found.test.stage.popularity.recent.tolist() == stage.popularity.recent.tolist()
    assert found.test.stage.repeat.rate.tolist() == stage.repeat.rate.tolist()


def test_single_occasions_teach_a_list_but_no_tier() -> None:
    found = blend(tastes(), Items.of(tastes().events), SETTINGS, "occasion", 0)
    assert found is not None
    assert found.protocol == "occasion"
    assert [name for name, known in zip(BLENDS, found.ranker.known, strict=True) if known] == [LISTING]
    assert measure(found)["blends"][LISTING]["over_popularity"]["low"] > 0


def test_windows_need_buyers_in_both_and_a_past() -> None:
    data = tastes()
    items = Items.of(data.events, data.spells)
    assert window_of(data, items) is not None
    recent = data.events.where(data.events.day > AS_OF - 30)
    assert window_of(replace(data, events=recent), items) is None


def test_tiers_are_ranked_by_their_own_outcome() -> None:
    rows = of_tastes().test.rows
    held, known = NAMES.index("category_bought"), {}
    for name in TIERS:
        known[name] = rows[name].features[:, held] > 0
    assert known["fixed"].mean() > 0.5
    assert not known["transferable"].any()


def test_where_nothing_was_bought_there_is_no_ranker() -> None:
    events = tastes().events
    looks = events.where(~np.isin(events.kind, PURCHASES))
    assert blend(replace(tastes(), events=looks), Items.of(looks), SETTINGS, "auto", 0) is None
    empty = bank(Events(), customers=2)
    assert blend(empty, Items.of(empty.events), SETTINGS, "auto", 0) is None

"""Training as a whole."""

from __future__ import annotations

import numpy as np

from recommender.artifact import dumps, loads
from recommender.factorisation import AlsSettings
from recommender.train import TrainingSettings, fit
from recommender.training_data import Events
from tests.unit.recommender.bank import bank, bank_of_tastes, shuffled

SETTINGS = TrainingSettings(als_grid=(AlsSettings(factors=2, regularisation=1.0, alpha=2.0), AlsSettings(factors=4)))


def test_the_same_data_in_any_order_give_the_same_files() -> None:
    data = bank_of_tastes()
    files = dumps(fit(data, SETTINGS))
    assert files == dumps(fit(data, SETTINGS))
    assert files == dumps(fit(shuffled(data), SETTINGS))
    assert files == dumps(loads(files))


def test_factors_are_kept_where_they_beat_popularity() -> None:
    artifact = fit(bank_of_tastes(), SETTINGS)
    metrics = artifact.manifest["metrics"]
    best = max(metrics["als"], key=lambda row: row["map"])
    assert best["map"] > metrics["popularity"]["map"]
    assert artifact.manifest["models"]["als"]["factors"] == best["factors"]
    assert artifact.arrays["als.item_factors"].shape == (len(artifact.arrays["items.product"]), best["factors"])


def test_factors_are_dropped_where_popularity_is_as_good() -> None:
    rng = np.random.default_rng(0)
    data = bank_of_tastes(customers=900, count=2_700, taste=1.0)
    noise = data.events.where(rng.permutation(len(data.events.day)))
    events = Events(noise.customer, data.events.product, data.events.category, noise.day, noise.kind, noise.amount)
    single = bank(events, customers=900)
    artifact = fit(single, TrainingSettings(als_grid=(AlsSettings(factors=6, regularisation=0.01, alpha=40.0),)))
    assert artifact.manifest["metrics"]["als"]
    assert artifact.manifest["models"]["als"] is None
    assert "als.item_factors" not in artifact.arrays


def test_settings_with_too_many_factors_for_the_catalogue_are_not_tried() -> None:
    artifact = fit(bank_of_tastes(), TrainingSettings(als_grid=(AlsSettings(factors=7),)))
    assert artifact.manifest["metrics"]["als"] == []


def test_a_bank_without_history_has_an_artifact() -> None:
    artifact = loads(dumps(fit(bank(Events(), customers=3))))
    assert len(artifact.arrays["items.product"]) == 0
    assert artifact.manifest["models"]["als"] is None


def test_nothing_of_a_customer_is_in_the_artifact() -> None:
    data = bank_of_tastes()
    artifact = fit(data, SETTINGS)
    assert all(data.customers not in array.shape for array in artifact.arrays.values())

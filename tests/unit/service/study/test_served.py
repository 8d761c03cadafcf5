from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.train import TrainingSettings, fit
from recommender.training_data import TagQuality, Tags
from service.progress import silent
from service.runtime import Runtime
from service.study import truth_bank as module
from service.study.truth_bank import TruthBank, truth_bank
from tests.sample_bank import SampleBank
from tests.unit.service.jobs.conftest import tag_bank, tagged

__all__ = ["tag_bank", "tagged"]

SOME = 12


@pytest.fixture
def bank(tagged: Runtime, tag_bank: SampleBank, monkeypatch: pytest.MonkeyPatch) -> TruthBank:
    monkeypatch.setattr(module, "MEASURED_DAYS", (0,))
    return truth_bank(tagged, tag_bank.source / "truth", silent)


def test_the_shelf_orders_what_is_new_by_the_tags_that_are_given_to_it(bank: TruthBank) -> None:
    artifact = fit(bank.data, TrainingSettings(als_grid=()))
    carriers = np.flatnonzero(np.bincount(bank.data.tags.customer, minlength=bank.data.customers) & bank.judged)[:SOME]
    among = np.zeros_like(bank.free)
    among[carriers] = (bank.free & bank.new)[carriers]
    found = bank.served(artifact, bank.data, among)
    assert (np.isfinite(found) == among).all()
    assert np.array_equal(bank.served(artifact, bank.data, among), found, equal_nan=True)
    none = bank.served(artifact, replace(bank.data, tags=Tags()), among)
    worthless = replace(bank.data, tag_quality=TagQuality(values=np.zeros_like(bank.data.tag_quality.values)))
    assert np.array_equal(bank.served(artifact, worthless, among), none, equal_nan=True)
    differs = np.flatnonzero((found != none)[carriers].any(axis=1, where=among[carriers]))
    assert len(differs)

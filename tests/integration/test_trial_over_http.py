"""The short way of the trial says what the service says: the same arms, the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.simulate import SimulationSize, simulate
from service.simulate.live.client import Client
from service.simulate.trial.people import TrialSize
from service.study.trial_over_http import over_http
from tests.integration.test_living_bank import served
from tests.sample_bank import UNTIL, SampleBank, load_bank

BANK = SimulationSize(customers=120, products=70, days=60, seed=5)


@pytest.mark.slow
def test_an_experiment_lived_over_http_has_the_numbers_of_the_short_way(tmp_path: Path) -> None:
    bank = SampleBank(tmp_path / "source", tmp_path / "data")
    simulate(bank.source, customers=BANK.customers, products=BANK.products, days=BANK.days, until=UNTIL, seed=BANK.seed)
    load_bank(bank)
    size = TrialSize(300, 0.3, 0.5, 4, enrol_days=3, window_days=3)
    with served(bank) as (url, key, runtime):
        client = Client(url, key)
        found = over_http(client, size, runtime.keyed)
        client.close()
    assert found.arms_differ == 0
    assert found.differences == []
    assert sum(arm.customers for arm in found.served.arms) > 250
    assert all(arm.converted > 20 for arm in found.served.arms)
    assert found.served.comparisons[0].sequence.low is not None

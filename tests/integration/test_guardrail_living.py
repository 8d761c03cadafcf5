"""A harm planted in the living bank: the service finds it by itself, pauses, and everybody is back on the policy."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service.experiments.spec import Guardrail, Metric
from service.simulate import SimulationSize, simulate
from service.simulate.live import Plan, live
from service.simulate.live.client import Call, Client
from service.stores import tables
from service.stores._policies import rows_of
from tests.experimenting import make_layer, make_spec, put_experiment, put_layer
from tests.integration.test_living_bank import served
from tests.sample_bank import UNTIL, SampleBank, load_bank

SIZE = SimulationSize(customers=500, products=70, days=60, seed=23)
CLICKERS = Metric("clickers", "proportion", "clicks", covariate=False)
PATIENCE_S = 120.0


@pytest.mark.slow
def test_an_arm_in_which_nobody_clicks_is_paused_by_the_service_itself(tmp_path: Path) -> None:
    bank = SampleBank(tmp_path / "source", tmp_path / "data")
    simulate(bank.source, customers=SIZE.customers, products=SIZE.products, days=SIZE.days, until=UNTIL, seed=SIZE.seed)
    load_bank(bank)
    plan = Plan(weeks=2, until=UNTIL, size=SIZE, arms={"no_tasks=variant": 0.0}, visits=3.0)
    with served(bank) as (url, key, runtime):
        put_layer(runtime, make_layer())
        put_experiment(runtime, make_spec(guardrails=(Guardrail(CLICKERS, 0.0),), n_star=400))
        live(url, key, plan)
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s and runtime.store.experiments()[0].state == "running":
            time.sleep(0.5)
        (experiment,) = runtime.store.experiments()
        with runtime.store.connect() as connection:
            (last,) = rows_of(connection, tables.Activations)[-1:]
            looks = rows_of(connection, tables.ExperimentLooks)
        client = Client(url, key)
        asked = {"customers": list(runtime.store.customer_ids(personal=True, limit=50))}
        shelves = client.tell(Call("POST", "/v1/shelves", asked))["shelves"]
        client.close()
    assert (experiment.state, last["kind"], last["actor"]) == ("paused", "guardrail", "watch-experiments")
    assert looks
    assert [shelf["experiments"] for shelf in shelves] == [[]] * len(shelves)

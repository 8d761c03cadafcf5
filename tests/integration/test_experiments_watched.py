"""Looks at running experiments: a broken guardrail stops the arm by itself, and /metrics says what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from service.experiments.results.looks import newest_looks
from service.experiments.spec import Guardrail, Metric, RampStep
from service.jobs.watch_experiments import watch_experiments
from service.jobs.watcher import Watcher
from service.runtime import Runtime
from service.stores import tables
from service.stores._audit import entries
from service.stores._upsert import table
from service.stores.protocols import EventRecord
from tests.experimenting import DAY_US, make_layer, make_spec, put_experiment, put_layer
from tests.sample_bank import SampleBank, Service, serving

COMPLAINTS = Metric("complaints", "proportion", "complaints", is_good_up=False, covariate=False)


@pytest.fixture
def service(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A bank that looks at experiments every 900 seconds."""
    bank = sample_bank.copy(tmp_path_factory.mktemp("watched") / "bank")
    with serving(bank.settings()) as service:
        put_layer(service.runtime, make_layer())
        yield service


def _seen(runtime: Runtime, complaining: tuple[int, int], each: int = 400) -> None:
    """So many exposed customers in each arm, of whom so many complain."""
    at_us = runtime.clock.now_us() - DAY_US
    rows, events = [], []
    for arm, unhappy in zip(("control", "variant"), complaining, strict=True):
        for number in range(each):
            customer = f"{arm}-{number}"
            row = {"experiment": "no_tasks", "phase": 1, "customer_id": customer, "arm": arm, "tier": "fixed"}
            rows.append({**row, "first_us": at_us, "event_id": "s", "decision_id": "d"})
            if number < unhappy:
                events.append(EventRecord(f"f-{number}", customer, "feedback", at_us + 1, at_us + 1, b"f"))
    with runtime.store.begin() as connection:
        connection.execute(insert(table(tables.Exposures)), rows)
    runtime.store.append(events)


def _spec(reaction: str = "pause", **other: object) -> object:
    return make_spec(guardrails=(Guardrail(COMPLAINTS, 0.0, reaction),), n_star=1_000, **other)  # type: ignore[arg-type]


def _state(runtime: Runtime) -> str:
    experiment = runtime.store.experiment("no_tasks")
    assert experiment is not None
    return experiment.state


@pytest.mark.parametrize(("reaction", "state"), [("pause", "paused"), ("roll_back", "stopped"), ("warn", "running")])
def test_a_broken_guardrail_acts_in_the_look_that_sees_it(service: Service, reaction: str, state: str) -> None:
    runtime = service.runtime
    put_experiment(runtime, _spec(reaction))  # type: ignore[arg-type]
    _seen(runtime, (40, 100))
    (looked,) = watch_experiments(runtime)
    assert looked.breached == ("complaints/variant",)
    assert _state(runtime) == state
    if state != "running":
        with runtime.store.connect() as connection:
            last = list(entries(connection))[-1]
        assert (last["actor"], last["action"]) == ("watch-experiments", "experiment_guardrail")
        assert service.shelf(service.active(1)[0])["experiments"] == []


def test_what_is_not_broken_keeps_running_and_is_looked_at_again_only_when_due(service: Service) -> None:
    put_experiment(service.runtime, _spec())  # type: ignore[arg-type]
    _seen(service.runtime, (40, 42))
    assert [one.breached for one in watch_experiments(service.runtime)] == [()]
    assert watch_experiments(service.runtime) == []
    assert [one.look for one in watch_experiments(service.runtime, is_by_hand=True)] == [2]
    assert _state(service.runtime) == "running"


def test_a_due_ramp_is_taken_by_who_is_trusted_alone(service: Service) -> None:
    put_experiment(service.runtime, make_spec(coverage=0.1, ramp=(RampStep(0.0, 0.5),)))
    _seen(service.runtime, (0, 0), each=40)
    assert [one.done for one in watch_experiments(service.runtime)] == ["ramp"]
    found = service.runtime.store.experiment("no_tasks")
    assert found is not None
    assert found.spec.coverage == 0.5


def test_metrics_tell_the_newest_look(service: Service) -> None:
    runtime = service.runtime
    put_experiment(runtime, _spec("warn"))  # type: ignore[arg-type]
    _seen(runtime, (40, 100))
    watch_experiments(runtime)
    asyncio.run(Watcher(runtime).beat())
    told = runtime.telemetry.render().decode()
    assert 'huojia_experiment_guardrail_breached{arm="variant",experiment="no_tasks"} 1.0' in told
    assert 'huojia_experiment_exposed_customers{arm="control",experiment="no_tasks"} 400.0' in told
    assert 'huojia_experiment_looks_total{experiment="no_tasks"} 1.0' in told
    assert 'huojia_experiment_trusted{experiment="no_tasks"} 1.0' in told


def test_a_look_that_is_due_is_taken_in_a_process_of_its_own(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, commands = service.runtime, []

    async def attempt(command: tuple[str, ...], *others: object) -> object:
        commands.append(command[-1])
        watch_experiments(runtime)
        return type("Ended", (), {"code": 0})

    monkeypatch.setattr("service.jobs.watcher.attempt", attempt)
    put_experiment(runtime, make_spec())
    watcher = Watcher(runtime)
    for _ in range(3):
        asyncio.run(watcher.beat())
    assert commands == ["watch-experiments"]
    with runtime.store.connect() as connection:
        assert newest_looks(connection)["no_tasks"].look == 1

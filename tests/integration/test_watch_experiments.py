"""Looks at running experiments: a broken guardrail stops the arm by itself, and /metrics says what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from sqlalchemy import insert

from service.experiments.results.whole import Asked, Read
from service.experiments.spec import Guardrail, Metric, RampStep, Reaction, Spec
from service.experiments.watcher import Watcher
from service.jobs import watch_experiments as watching
from service.jobs.attempt import Ended
from service.jobs.watch_experiments import Looked, watch_experiments
from service.runtime import Runtime
from service.stores import tables
from service.stores._policies import rows_of
from service.stores._upsert import table
from service.stores.protocols import EventRecord, Store
from tests.experimenting import DAY_US, make_layer, make_spec, put_experiment, put_layer
from tests.sample_bank import SampleBank, Service, serving

COMPLAINTS = Metric("complaints", "proportion", "complaints", is_good_up=False, covariate=False)


@pytest.fixture(scope="module")
def service(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A bank that looks at experiments every 900 seconds."""
    bank = sample_bank.copy(tmp_path_factory.mktemp("watched") / "bank")
    with serving(bank.settings()) as service:
        put_layer(service.runtime, make_layer())
        yield service


def _seen(runtime: Runtime, key: str, complaining: tuple[int, int], lost: int = 0) -> None:
    """So many exposed customers in each arm, of whom so many complain; some of the second arm are lost."""
    at_us = runtime.clock.now_us() - DAY_US
    rows, events = [], []
    for arm, unhappy in zip(("control", "variant"), complaining, strict=True):
        for number in range(400 - (lost if arm == "variant" else 0)):
            customer = f"{key}-{arm}-{number}"
            row = {"experiment": key, "phase": 1, "customer_id": customer, "arm": arm, "tier": "fixed"}
            rows.append({**row, "first_us": at_us, "event_id": "s", "decision_id": "d"})
            if number < unhappy:
                events.append(EventRecord(f"f-{number}", customer, "feedback", at_us + 1, at_us + 1, b"f"))
    with runtime.store.begin() as connection:
        connection.execute(insert(table(tables.Exposures)), rows)
    runtime.store.append(events)


def _spec(key: str, reaction: Reaction = "pause") -> Spec:
    return make_spec(key, guardrails=(Guardrail(COMPLAINTS, 0.0, reaction),), n_star=1_000)


def _looked(runtime: Runtime, key: str, *, is_by_hand: bool = False) -> list[Looked]:
    return [one for one in watch_experiments(runtime, is_by_hand=is_by_hand) if one.experiment == key]


def _state(runtime: Runtime, key: str) -> str:
    experiment = runtime.store.experiment(key)
    assert experiment is not None
    return experiment.state


@pytest.mark.parametrize(("reaction", "state"), [("pause", "paused"), ("roll_back", "stopped"), ("warn", "running")])
def test_a_broken_guardrail_acts_in_the_look_that_sees_it(service: Service, reaction: Reaction, state: str) -> None:
    runtime, key = service.runtime, f"broken_{reaction}"
    put_experiment(runtime, _spec(key, reaction))
    _seen(runtime, key, (40, 100))
    (looked,) = _looked(runtime, key)
    assert looked.breached == ("complaints/variant",)
    assert _state(runtime, key) == state
    if state != "running":
        with runtime.store.connect() as connection:
            audit = rows_of(connection, tables.Audit, object=f"experiment {key}")
        assert [(row["actor"], row["action"]) for row in audit] == [("watch-experiments", "experiment_guardrail")]
        runtime.worlds.follow(runtime.store.versions())
        shelf = service.shelf(service.active(1)[0])
        assert key not in {one["key"] for one in shelf["experiments"]}


def test_what_is_not_broken_keeps_running_and_is_looked_at_again_only_when_due(service: Service) -> None:
    put_experiment(service.runtime, _spec("fine"))
    _seen(service.runtime, "fine", (40, 42))
    assert [one.breached for one in _looked(service.runtime, "fine")] == [()]
    assert _looked(service.runtime, "fine") == []
    assert [one.look for one in _looked(service.runtime, "fine", is_by_hand=True)] == [2]
    assert _state(service.runtime, "fine") == "running"


@pytest.mark.parametrize(("lost", "done"), [(0, "ramp"), (300, "")])
def test_a_due_ramp_is_taken_only_while_the_experiment_is_trusted(service: Service, lost: int, done: str) -> None:
    key = f"ramped_{lost}"
    put_experiment(service.runtime, make_spec(key, coverage=0.1, ramp=(RampStep(0.5, 0.5),)), ago_us=DAY_US)
    _seen(service.runtime, key, (0, 0), lost=lost)
    assert [one.done for one in _looked(service.runtime, key)] == [done]
    found = service.runtime.store.experiment(key)
    assert found is not None
    assert found.spec.coverage == (0.5 if done else 0.1)


def test_a_due_look_is_taken_in_a_process_of_its_own_and_metrics_tell_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, commands = service.runtime, []

    async def attempt(command: tuple[str, ...], *others: object) -> Ended:
        commands.append(command[-1])
        watch_experiments(runtime)
        return Ended("done", 0, "", 0.0)

    monkeypatch.setattr("service.experiments.watcher.attempt", attempt)
    put_experiment(runtime, _spec("told", "warn"))
    _seen(runtime, "told", (40, 100))
    watcher = Watcher(runtime)
    for _ in range(3):
        asyncio.run(watcher.beat())
    assert commands == ["watch-experiments"]
    told = runtime.telemetry.render().decode()
    assert 'huojia_experiment_guardrail_breached{arm="variant",experiment="told"} 1.0' in told
    assert 'huojia_experiment_exposed_customers{arm="control",experiment="told"} 400.0' in told
    assert 'huojia_experiment_looks_total{experiment="told"} 1.0' in told
    assert 'huojia_experiment_trusted{experiment="told"} 1.0' in told


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_process_that_dies_between_a_look_and_its_act_leaves_neither(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = service.runtime
    put_experiment(runtime, _spec("dying"))
    _seen(runtime, "dying", (40, 100))
    with monkeypatch.context() as dying:
        dying.setattr("service.jobs.watch_experiments.automatic", _killed)
        with pytest.raises(KeyboardInterrupt):
            watch_experiments(runtime)
    with runtime.store.connect() as connection:
        assert rows_of(connection, tables.ExperimentLooks, experiment="dying") == []
    assert [(one.look, one.done) for one in _looked(runtime, "dying")] == [(1, "pause")]
    assert _state(runtime, "dying") == "paused"


def test_one_experiment_that_cannot_be_read_leaves_the_others_watched_and_the_watcher_waits(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, waited = service.runtime, []
    real = watching.read

    def odd(store: Store, key: str, asked: Asked) -> Read:
        if key == "a_odd":
            raise ValueError("odd")
        return real(store, key, asked)

    async def attempt(*_: object) -> Ended:
        watch_experiments(runtime)
        return Ended("done", 0, "", 0.0)

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(watching, "read", odd)
    monkeypatch.setattr("service.experiments.watcher.attempt", attempt)
    monkeypatch.setattr("service.experiments.watcher.asyncio", SimpleNamespace(sleep=sleep))
    put_experiment(runtime, _spec("a_odd"))
    put_experiment(runtime, _spec("b_even"))
    _seen(runtime, "b_even", (40, 100))
    runtime.worlds.follow(runtime.store.versions())
    asyncio.run(Watcher(runtime).beat())
    assert (_state(runtime, "a_odd"), _state(runtime, "b_even")) == ("running", "paused")
    assert waited == [60.0]
    put_experiment(runtime, _spec("a_odd"), "stopped")

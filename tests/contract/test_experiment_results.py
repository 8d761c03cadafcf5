"""Results of experiments as every store gives them."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import numpy as np
import orjson
import pytest
from sqlalchemy import insert

from service.experiments.results import reading
from service.experiments.results.checks import check
from service.experiments.results.document import GuardrailResult
from service.experiments.results.looks import LookFound, keep_look, newest_looks
from service.experiments.results.reading import Span, read_units
from service.experiments.results.units import DAY_US, Units
from service.experiments.results.whole import Asked, health_of, read, results_of
from service.experiments.spec import Arm, Metric, Spec
from service.ids import ulid
from service.stores import tables
from service.stores._policies import Act, Writing
from service.stores._upsert import table
from service.stores.protocols import ArmDifference, ConsentChange, DecisionRecord, EventRecord, Store, StoreError
from tests.factories import NOW_US

START = NOW_US - 30 * DAY_US
ARMS = (Arm("control", 0.5), Arm("new", 0.5))
METRICS = tuple(Metric(name, "mean", name) for name in ("purchases", "funds", "clicks", "opt_outs", "degraded_shelves"))
SPEC = Spec("e", "l", "more", ARMS, METRICS, min_days=1)
FIRST = START + 10 * DAY_US


def _act(store: Store, state: str = "running", at_us: int = START, phase: int = 1, spec: Spec = SPEC) -> None:
    content = msgspec.json.encode(spec)
    row = {"key": "e", "phase": phase, "act": "start", "state": state, "spec": content.decode(), "generation": 1}
    with store.begin() as connection:
        row |= {"sha256": hashlib.sha256(content).hexdigest(), "actor": "a", "reason": "", "at_us": at_us}
        Writing(connection, Act("a", at_us)).numbered(tables.ExperimentActs, **row)


def _expose(store: Store, customer: str, arm: str, tier: str = "fixed", at_us: int = FIRST, **other: Any) -> None:
    row = {"experiment": "e", "phase": 1, "customer_id": customer, "arm": arm, "tier": tier, "first_us": at_us}
    row |= {"event_id": f"seen-{customer}", "decision_id": _decision(customer), **other}
    with store.begin() as connection:
        connection.execute(insert(table(tables.Exposures)).values(**row))


def _decision(customer: str) -> str:
    return ulid(FIRST)[:10] + f"{customer.upper():0>16}"


def _serve(store: Store, customer: str, arm: str, served: str = "normal", at_us: int = FIRST - 2_000_000) -> None:
    assignment = {"experiment": "e", "phase": 1, "arm": arm, "source": "hash", "propensity": 0.5}
    outcome = {"mode": "personal", "segments": ["young", "rich"], "stage": "value", "slots": []}
    document = orjson.dumps({"outcome": outcome, "served": served, "assignments": [assignment], "stage_us": {}})
    decision_id = _decision(customer) if at_us < FIRST else f"{customer}-2"
    store.log([DecisionRecord(decision_id, customer, at_us, None, document)])


def _happen(store: Store, customer: str, kind: str, days: float, event_id: str = "", **other: Any) -> None:
    at_us = FIRST + int(days * DAY_US)
    event_id = event_id or f"{customer}-{kind}-{days}"
    store.append([EventRecord(event_id, customer, kind, at_us, at_us, event_id.encode(), **other)])


def _units(store: Store, until_us: int = NOW_US) -> Units:
    return read(store, "e", Asked(until_us)).units


def _of(units: Units, measure: str, customer: str) -> tuple[float, float]:
    at = list(units.customer).index(customer)
    return float(units.after[measure, 7][at]), float(units.before[measure, 7][at])


@pytest.fixture
def running(store: Store) -> Store:
    _act(store)
    for customer in ("a", "b", *(f"c{number}" for number in range(7))):
        store.change_consent(ConsentChange(customer, "personalisation", True, START - 30 * DAY_US))
    return store


def test_what_a_customer_did_counts_within_the_days_after_and_before_the_first_exposure(running: Store) -> None:
    _expose(running, "a", "new")
    for days in (-7.1, -6.9, -0.1, 0.0, 6.9, 7.0):
        _happen(running, "a", "click", days)
    assert _of(_units(running), "clicks", "a") == (2.0, 2.0)


def test_what_was_bought_and_given_back_in_time_never_was(running: Store) -> None:
    _expose(running, "a", "new")
    _happen(running, "a", "purchase", 1, "kept", product_no=0, amount=120_050)
    _happen(running, "a", "purchase", 2, "back", product_no=0, amount=500)
    _happen(running, "a", "cancel", 3, refers_to="back")
    _happen(running, "a", "top_up", 4, "late", product_no=0, amount=100)
    _happen(running, "a", "cancel", 19, refers_to="late")
    units = _units(running)
    assert _of(units, "purchases", "a")[0] == 2.0
    assert _of(units, "funds", "a")[0] == 1201.5


def test_nothing_that_happened_later_than_asked_about_is_read(running: Store) -> None:
    _expose(running, "a", "new")
    _expose(running, "b", "new", at_us=FIRST + 5 * DAY_US)
    _happen(running, "a", "click", 4)
    units = _units(running, FIRST + 3 * DAY_US)
    assert list(units.customer) == ["a"]
    assert _of(units, "clicks", "a")[0] == 0.0


def test_opt_outs_and_degraded_shelves_are_measured(running: Store) -> None:
    _expose(running, "a", "new")
    _serve(running, "a", "new", "degraded", FIRST + 2_000_000)
    running.change_consent(ConsentChange("a", "personalisation", False, FIRST + DAY_US))
    units = _units(running)
    assert _of(units, "opt_outs", "a")[0] == 1.0
    assert _of(units, "degraded_shelves", "a")[0] == 1.0


def test_a_customer_of_two_arms_or_put_into_one_does_not_count(running: Store) -> None:
    for customer, arm in (("a", "control"), ("a", "new"), ("b", "new"), ("c", "control"), ("d", "gone")):
        _expose(running, customer, arm)
    with running.begin() as connection:
        row = {"experiment": "e", "customer_id": "b", "arm": "new", "expires_us": NOW_US, "generation": 1}
        row |= {"actor": "a", "reason": "", "at_us": START}
        Writing(connection, Act("a", START)).numbered(tables.ExperimentOverrides, **row)
    found = read(running, "e", Asked(NOW_US))
    assert list(found.units.customer) == ["c"]
    assert (found.around.several, found.around.overridden) == (1, 1)


def test_a_customer_comes_with_tiers_and_with_what_the_log_says_of_the_first_shelf(running: Store) -> None:
    _serve(running, "a", "new")
    _expose(running, "a", "new")
    _expose(running, "a", "new", "transferable", FIRST + 5)
    _happen(running, "a", "impression", 0, "seen-a", channel="app")
    running.put_arm_differences([ArmDifference(_decision("a"), "e", "new", differs=False)])
    units = _units(running)
    assert (units.arm.tolist(), units.first_us.tolist(), units.tiers.tolist()) == ([1], [FIRST], [0b101])  # type: ignore[union-attr]
    assert (units.segment.tolist(), units.stage.tolist(), units.channel.tolist()) == (["young"], ["value"], ["app"])  # type: ignore[union-attr]
    assert (units.is_same.tolist(), units.lag_s.tolist()) == ([[False, True]], [2.0])  # type: ignore[union-attr]


def test_a_shelf_is_the_same_only_where_every_decision_was_compared(running: Store) -> None:
    spec = msgspec.structs.replace(SPEC, arms=(Arm("control", 0.4), Arm("new", 0.3), Arm("third", 0.3)))
    _act(running, spec=spec, at_us=START + 1)
    for customer, arm in (("a", "control"), ("b", "new"), ("c0", "third")):
        _expose(running, customer, arm)
        _serve(running, customer, arm)
        _serve(running, customer, arm, at_us=FIRST)
    told = [(_decision("a"), "new", False), ("a-2", "new", False), (_decision("a"), "third", False)]
    told += [("a-2", "third", True), (_decision("b"), "new", False), (_decision("c0"), "third", False)]
    told += [("c0-2", "third", False)]
    running.put_arm_differences([ArmDifference(one, "e", arm, differs=differs) for one, arm, differs in told])
    same = _units(running).is_same
    assert same is not None
    assert same.tolist() == [[False, True, False], [False, False, False], [False, False, True]]


def test_pages_of_any_size_give_the_same_columns(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        _expose(running, f"c{number}", ARMS[number % 2].key)
        _happen(running, f"c{number}", "click", number)
    whole = _units(running).sha256()
    monkeypatch.setattr(reading, "_NEXT", reading._NEXT.limit(2))
    assert _units(running).sha256() == whole


def test_the_funnel_starts_with_customers_that_were_assigned(running: Store) -> None:
    for customer, arm in (("a", "control"), ("b", "new"), ("c", "new")):
        _serve(running, customer, arm)
    _expose(running, "b", "new")
    _happen(running, "b", "click", 1)
    steps = [msgspec.structs.astuple(one) for one in results_of(running, "e", Asked(NOW_US)).funnel]
    assert steps == [("control", 1, 0, 0, 0), ("new", 2, 1, 1, 0)]


def test_a_new_phase_counts_nobody_of_the_one_before(running: Store) -> None:
    _expose(running, "a", "new")
    _act(running, at_us=FIRST + DAY_US, phase=2)
    assert len(_units(running)) == 0


def test_a_draft_has_a_document_and_an_unknown_experiment_none(store: Store) -> None:
    _act(store, "draft")
    assert results_of(store, "e", Asked(NOW_US)).verdict.word == "keep running"
    assert results_of(store, "e", Asked(NOW_US)).started_at is None
    with pytest.raises(LookupError, match="experiment x"):
        health_of(store, "x", Asked(NOW_US))


def test_a_look_is_kept_once_for_good_by_whoever_comes_first(running: Store) -> None:
    found = read(running, "e", Asked(NOW_US))
    look = LookFound(check(found.experiment, found.units, found.around, NOW_US))
    kept = []
    for at_us in (NOW_US, NOW_US + 1, NOW_US + 900_000_000):
        with running.begin() as connection:
            kept.append(keep_look(connection, look, at_us, "ab", unless_since_us=at_us - 900_000_000))
    assert kept == [1, None, 2]
    with running.connect() as connection:
        newest = newest_looks(connection)["e"]
    assert (newest.look, newest.found) == (2, look)
    with pytest.raises(StoreError), running.begin() as connection:
        connection.execute(table(tables.ExperimentLooks).delete())


def test_an_alarm_of_an_earlier_look_stays(running: Store) -> None:
    found = read(running, "e", Asked(NOW_US))
    sound = check(found.experiment, found.units, found.around, NOW_US)
    broken = GuardrailResult("funds", "new", 0.1, "pause", 1.0, 0.5, -0.5, -0.4, 0.01, is_breached=True)
    mismatch = msgspec.structs.replace(sound.srm, is_alarm=True)
    said = [
        msgspec.structs.replace(sound, guardrails=(broken,)),
        msgspec.structs.replace(sound, srm=mismatch),
        sound,
    ]
    for place, health in enumerate(said):
        with running.begin() as connection:
            keep_look(connection, LookFound(health), NOW_US + place, "ab", unless_since_us=NOW_US + place - 1)
    verdicts = [results_of(running, "e", Asked(NOW_US + place)).verdict for place in (-1, 0, 2)]
    assert [one.word for one in verdicts] == ["keep running", "roll back", "do not trust"]
    assert verdicts[1].reasons[0].en.startswith("new: look 1 at ")
    assert verdicts[2].reasons[0].en.startswith("look 2 at ")
    assert not health_of(running, "e", Asked(NOW_US + 2)).is_trusted


def test_what_cannot_run_over_the_policy_in_force_says_so(running: Store) -> None:
    health = health_of(running, "e", Asked(NOW_US, unfit={"e": "why", "other": "what"}))
    assert (health.is_trusted, health.reasons[0].en) == (False, "cannot run over the policy in force: why")


def test_reading_needs_no_customers(running: Store) -> None:
    with running.connect() as connection:
        experiment = running.experiment("e")
        assert experiment is not None
        found = read_units(connection, Span(experiment, START, NOW_US), ({("clicks", 7)}, set()))
    assert np.array_equal(found.units().after["clicks", 7], [])

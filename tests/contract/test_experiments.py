"""Experiments in the store: their acts, what is in force in a generation, and what the database keeps, on both."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from service.errors import ApiError, Conflict, Forbidden, Invalid, Missing, PreconditionFailed
from service.experiments.documents import read_spec, spec_document
from service.experiments.layering import Layering, Put
from service.experiments.life import ExperimentLife, automatic
from service.experiments.spec import Layer, LayerHoldout, RampStep, Reaction
from service.policies.life import PolicyLife
from service.policies.schedules import PolicySchedules
from service.stores import tables
from service.stores._policies import Writing, rows_of
from service.stores.protocols import Store, StoreError
from tests.contract.governed import (
    HOUR_US,
    NAME,
    act,
    all_rows,
    approved,
    experiment,
    fault,
    in_force,
    race,
    with_layer,
)
from tests.factories import NOW_US

KEY = "softer"


@pytest.fixture
def layering(store: Store, life: PolicyLife) -> Layering:
    """Over a store with a policy in force and the layer `wallet`."""
    return with_layer(store)


@pytest.fixture
def tests(store: Store, layering: Layering) -> ExperimentLife:
    """Over a store in which `softer` is a draft."""
    found = ExperimentLife(store)
    found.draft(act(), experiment())
    return found


def test_an_experiment_goes_from_draft_to_archive_and_every_generation_keeps_what_it_had(
    store: Store, tests: ExperimentLife
) -> None:
    assert tests.start(act("ben"), KEY, 1).generation == 2
    tests.pause(act(), KEY, 2)
    tests.resume(act(), KEY, 3)
    tests.stop(act(), KEY, 4)
    tests.archive(act(), KEY)
    states = [[one.state for one in store.experiments_in_force(at).experiments] for at in range(1, 6)]
    assert states == [[], ["running"], ["paused"], ["running"], []]
    assert [row["act"] for row in store.experiment_acts(KEY)] == [
        *("draft", "start", "pause", "resume", "stop", "archive"),
    ]
    assert in_force(store) == (5, 1)
    assert store.experiments_in_force(None) == store.experiments_in_force(5)
    assert store.experiments_in_force(2).layers == tuple(store.layers())
    assert fault(store) is None


def test_an_act_over_another_generation_than_the_one_in_force_changes_nothing(
    store: Store, tests: ExperimentLife
) -> None:
    before = all_rows(store)
    with pytest.raises(PreconditionFailed, match="generation 1 is in force, not 7"):
        tests.start(act("ben"), KEY, 7)
    assert all_rows(store) == before


def test_inside_a_phase_only_what_moves_nobody_may_change(store: Store, tests: ExperimentLife) -> None:
    tests.edit(act(), experiment(coverage=0.1))
    tests.start(act("ben"), KEY)
    assert tests.ramp(act(), KEY, 0.5).experiment.spec.coverage == 0.5
    with pytest.raises(Conflict, match="coverage: inside a phase") as refused:
        tests.ramp(act(), KEY, 0.2)
    assert refused.value.code == "needs_new_phase"
    weights = spec_document(experiment(coverage=0.5))
    weights["arms"][0]["weight"], weights["arms"][1]["weight"] = 0.4, 0.6
    with pytest.raises(Conflict, match="arms: inside a phase"):
        tests.edit(act(), read_spec(weights))
    after = tests.new_phase(act(), KEY, {"arms": weights["arms"]}).experiment
    assert (after.phase, after.state, after.spec.arms[0].weight, after.seed) == (2, "running", 0.4, "softer:2")
    kinds = [row["kind"] for row in all_rows(store)["Activations"]]
    assert kinds == ["bootstrap", "experiment", "ramp_step", "experiment"]


def test_who_wrote_what_the_arms_show_does_not_let_it_run(store: Store, tests: ExperimentLife) -> None:
    with pytest.raises(Forbidden, match="anna wrote parameters of softer") as refused:
        tests.start(act(), KEY)
    assert refused.value.code == "self_approval"
    plain = [{"key": "control", "weight": 0.5}, {"key": "wide", "weight": 0.5}]
    tests.edit(act("ben"), experiment(arms=plain))  # takes away what anna wrote, and writes nothing
    assert tests.start(act(), KEY).experiment.state == "running"
    changed = {"arms": spec_document(experiment())["arms"]}
    assert tests.new_phase(act("carl"), KEY, changed).experiment.state == "paused"
    for author in ("anna", "ben", "carl"):
        with pytest.raises(Forbidden):
            tests.resume(act(author), KEY)
    assert in_force(store) == (3, 1)
    tests.resume(act("dora"), KEY)
    tests.pause(act("carl"), KEY)
    assert tests.resume(act("carl"), KEY).experiment.state == "running"  # dora has let exactly this run
    assert fault(store) is None


def test_what_is_let_run_is_what_was_read(tests: ExperimentLife) -> None:
    read = tests.edit(act(), experiment(coverage=0.2)).experiment.sha256
    tests.edit(act(), experiment(coverage=0.9))
    with pytest.raises(PreconditionFailed, match="softer is another by now") as refused:
        tests.start(act("ben"), KEY, None, read)
    assert refused.value.code == "stale_content"


def test_a_sticky_experiment_may_shrink_and_its_written_ramp_is_dropped_then(tests: ExperimentLife) -> None:
    steps = [{"after_days": 1, "coverage": 0.8}, {"after_days": 2, "coverage": 1.0}]
    tests.edit(act(), experiment(coverage=0.5, sticky=True, ramp=steps))
    tests.start(act("ben"), KEY)
    assert tests.ramp_due(act(at_us=NOW_US + 23 * HOUR_US), KEY) is None
    due = tests.ramp_due(act(at_us=NOW_US + 24 * HOUR_US), KEY)
    assert due is not None
    assert (due.experiment.spec.coverage, due.experiment.spec.ramp) == (0.8, (RampStep(2, 1.0),))
    shrunk = tests.ramp(act(), KEY, 0.2).experiment.spec
    assert (shrunk.coverage, shrunk.ramp) == (0.2, ())
    assert tests.ramp_due(act(at_us=NOW_US + 99 * HOUR_US), KEY) is None


def test_ranges_of_a_layer_belong_to_one_experiment_until_it_is_stopped(tests: ExperimentLife) -> None:
    other = experiment("other", ranges=[[0.5, 0.9]])
    with pytest.raises(Invalid, match="experiment softer has 0 to 1 of layer wallet"):
        tests.draft(act(), other)
    tests.start(act("ben"), KEY)
    tests.stop(act(), KEY)
    assert tests.draft(act(), other).experiment.state == "draft"


@pytest.mark.parametrize(
    ("make", "refused"),
    [
        (lambda one: one.make(act(), Layer("other", ("arrangement",))), (Invalid, "layer wallet owns arrangement.cat")),
        (lambda one: one.make(act(), Layer("wallet", ("tasks",))), (Conflict, "layer wallet exists")),
        (lambda one: one.hold_out(act(), LayerHoldout("h", "nowhere", 0.1)), (Missing, "layer nowhere")),
        (lambda one: one.end_holdout(act(), "h"), (Missing, "hold-out h")),
        (lambda one: one.override(act("a", "x"), KEY, Put("bob", "blue", NOW_US + 1)), (Invalid, "arm: no such arm")),
        (lambda one: one.override(act("a", "x"), KEY, Put("bob", "wide", NOW_US)), (Invalid, "expires_at")),
        (lambda one: one.override(act("a"), KEY, Put("bob", "wide", NOW_US + 1)), (Invalid, "reason: say why")),
        (lambda one: one.take_back(act(), KEY, "bob"), (Missing, "customer bob has no override")),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    store: Store,
    layering: Layering,
    tests: ExperimentLife,
    make: Callable[[Layering], object],
    refused: tuple[type[ApiError], str],
) -> None:
    before, (kind, said) = all_rows(store), refused
    with pytest.raises(kind, match=said):
        make(layering)
    assert all_rows(store) == before


def test_an_arm_with_a_value_no_policy_may_have_or_a_version_nobody_published_is_refused(
    tests: ExperimentLife, life: PolicyLife
) -> None:
    control = {"key": "control", "weight": 0.5}
    for arm, said in (
        ({"parameters": {"arrangement.category_cap": "many"}}, r"arms\[1\].parameters.arrangement.category_cap"),
        ({"parameters": {"ranking": {}}}, "layer wallet owns"),
        ({"policy": "default@9"}, "default@9: no such version"),
        ({"policy": f"{NAME}@{approved(life)}"}, "is approved"),
    ):
        with pytest.raises(Invalid, match=said):
            tests.edit(act(), experiment(arms=[control, {"key": "wide", "weight": 0.5, **arm}]))


def test_overrides_and_holdouts_are_in_force_with_the_generation_that_brought_them(
    store: Store, layering: Layering, tests: ExperimentLife
) -> None:
    layering.override(act("a", "look"), KEY, Put("bob", "wide", NOW_US + HOUR_US))
    assert in_force(store)[0] == 1
    tests.start(act("ben"), KEY)
    assert layering.hold_out(act(), LayerHoldout("kept", "*", 0.05), 2).generation == 3
    assert layering.take_back(act(), KEY, "bob", 3) == 4
    assert layering.end_holdout(act(at_us=NOW_US + 1), "kept", 4).generation == 5
    seen = [store.experiments_in_force(at) for at in range(1, 6)]
    assert [len(one.overrides) for one in seen] == [0, 1, 1, 0, 0]
    assert [len(one.holdouts) for one in seen] == [0, 0, 1, 1, 0]
    assert fault(store) is None


def test_an_override_that_had_expired_when_a_generation_began_is_not_in_it(
    store: Store, layering: Layering, tests: ExperimentLife
) -> None:
    layering.override(act("a", "look"), KEY, Put("bob", "wide", NOW_US + HOUR_US))
    assert len(store.overrides(KEY, NOW_US)) == 1
    assert store.overrides(KEY, NOW_US + HOUR_US) == []
    tests.start(act("ben", at_us=NOW_US + HOUR_US), KEY)
    assert store.experiments_in_force(None).overrides == ()


def test_two_processes_that_see_the_same_breach_pause_once(store: Store, tests: ExperimentLife) -> None:
    tests.start(act("ben"), KEY)

    def paused(reaction: Reaction = "pause") -> object:
        with store.begin() as connection:
            return automatic(Writing(connection, act("guardrails")), KEY, 1, reaction)

    done = race([paused] * 2)
    assert sum(one is not None for one in done) == 1
    assert in_force(store) == (3, 1)
    assert all_rows(store)["Activations"][-1]["kind"] == "guardrail"
    assert paused("roll_back") is None


def test_the_kill_switch_pauses_what_runs_and_the_policy_that_was_in_force_for_a_while_still_gives_way(
    store: Store, tests: ExperimentLife, life: PolicyLife, schedules: PolicySchedules
) -> None:
    version = approved(life)
    schedules.plan(act(), (NAME, version), (None, NOW_US + HOUR_US))
    tests.start(act("ben"), KEY)
    killed = schedules.kill(act("cy", "enough"))
    assert (killed.experiments, killed.stayed) == ([KEY], [])
    assert in_force(store)[1] == 1
    assert [one.state for one in store.experiments()] == ["paused"]
    assert store.experiment_acts(KEY)[-1]["act"] == "kill"
    assert fault(store) is None


def test_a_policy_for_a_while_ends_though_an_experiment_began_meanwhile(
    store: Store, tests: ExperimentLife, life: PolicyLife, schedules: PolicySchedules
) -> None:
    schedules.plan(act(), (NAME, approved(life)), (None, NOW_US + HOUR_US))
    tests.start(act("ben"), KEY)
    assert schedules.take_due(NOW_US + HOUR_US) == 1
    assert in_force(store) == (4, 1)


@pytest.mark.parametrize("table", ["layers", "layer_holdouts", "experiment_acts", "experiment_overrides"])
def test_the_database_refuses_to_change_or_delete_what_is_governed(lived: Store, table: str) -> None:
    column = "document" if table.startswith("layer") else "actor"
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):  # noqa: S608 - our own names
        with pytest.raises(StoreError, match="append-only"), lived.begin() as connection:
            connection.execute(text(statement))
    assert fault(lived) is None


def test_an_exposure_may_only_become_an_earlier_one(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("INSERT INTO exposures VALUES ('e', 1, 'bob', 'a', 'fixed', 9, 'x', 'd')"))
        connection.execute(text("UPDATE exposures SET first_us = 8, event_id = 'y'"))
    for statement in (
        "UPDATE exposures SET first_us = 10",
        "UPDATE exposures SET arm = 'b'",
        "DELETE FROM exposures",
    ):
        with pytest.raises(StoreError, match="exposure"), store.begin() as connection:
            connection.execute(text(statement))


def _newer(store: Store, table: type[SQLModel], of: str, **own: object) -> None:
    """The newest row of a key once more, its document with a field that this release does not know."""
    name = "spec" if table is tables.ExperimentActs else "document"
    with store.begin() as connection:
        before = rows_of(connection, table, key=of)
        row = before[-1] if before else {"key": of, "actor": "x", "reason": "", "at_us": NOW_US, name: "{}"}
        row |= {name: row[name][:-1] + (", " if before else "") + '"later": 1}', **own}
        writing = Writing(connection, act())
        if table is tables.Layers:
            writing.insert(table, **row)
        else:
            writing.numbered(table, **{column: value for column, value in row.items() if column != "seq"})
        writing.sign("newer", of, None, None)


def test_a_running_experiment_of_a_newer_release_is_told_stops_nothing_and_can_be_killed(
    store: Store, tests: ExperimentLife, schedules: PolicySchedules
) -> None:
    tests.edit(act(), experiment(ranges=[[0.0, 0.5]]))
    tests.start(act("ben"), KEY)
    _newer(store, tables.ExperimentActs, KEY, key="newer")
    found = store.experiments_in_force()
    assert [one.key for one in found.experiments] == [KEY]
    assert found.unreadable.keys() == {"newer"}
    assert "later" in found.unreadable["newer"]
    assert [one.key for one in store.experiments()] == [KEY]
    with pytest.raises(Conflict, match="experiment newer cannot be read by this release"):
        store.experiment("newer")
    with pytest.raises(Conflict, match="newer cannot be read"):
        tests.draft(act(), experiment("other", ranges=[[0.5, 1.0]]))
    assert schedules.kill(act("cy", "enough")).experiments == ["newer", KEY]
    assert store.experiment_acts("newer")[-1]["state"] == "paused"
    assert fault(store) is None


def test_a_stopped_experiment_of_a_newer_release_is_in_nobodys_way(store: Store, tests: ExperimentLife) -> None:
    tests.start(act("ben"), KEY)
    _newer(store, tables.ExperimentActs, KEY, key="newer", state="stopped")
    assert store.experiments_in_force().unreadable == {}
    assert tests.ramp(act(), KEY, 1.0).experiment.state == "running"


def test_nobody_is_in_an_experiment_while_a_hold_out_cannot_be_read(store: Store, tests: ExperimentLife) -> None:
    tests.start(act("ben"), KEY)
    _newer(store, tables.LayerHoldouts, "held", generation=1)
    found = store.experiments_in_force()
    assert found.experiments == ()
    assert "hold-out held" in found.unreadable[KEY]


def test_an_experiment_whose_layer_cannot_be_read_runs_for_nobody(store: Store, tests: ExperimentLife) -> None:
    tests.start(act("ben"), KEY)
    _newer(store, tables.Layers, "strange")
    spec = msgspec.json.encode(msgspec.structs.replace(experiment(), key="astray", layer="strange")).decode()
    with store.begin() as connection:
        row = rows_of(connection, tables.ExperimentActs, key=KEY)[-1] | {"key": "astray", "spec": spec}
        del row["seq"]
        Writing(connection, act()).numbered(tables.ExperimentActs, **row)
    found = store.experiments_in_force()
    assert [one.key for one in found.experiments] == [KEY]
    assert "layer strange" in found.unreadable["astray"]
    assert [layer.key for layer in found.layers] == ["wallet"]

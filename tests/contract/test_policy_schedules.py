"""Policies that come into force and leave by the clock, each step once."""

from __future__ import annotations

import pytest

import service.policies.life as life_module
from service.errors import Conflict, Invalid, Missing
from service.policies.life import Draft, PolicyLife
from service.policies.schedules import PolicySchedules
from service.policies.shadowing import start_shadow
from service.stores.open import open_store
from service.stores.protocols import Store
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError
from tests.contract.bank import make_bank
from tests.contract.governed import (
    HOUR_US,
    NAME,
    act,
    all_rows,
    approved,
    cap,
    fault,
    in_force,
    race,
)
from tests.factories import NOW_US


def test_a_schedule_puts_a_policy_in_force_and_brings_the_one_before_back(
    store: Store, life: PolicyLife, schedules: PolicySchedules
) -> None:
    version = approved(life)
    starts_us, ends_us = NOW_US + HOUR_US, NOW_US + 2 * HOUR_US
    assert schedules.plan(act("cy"), (NAME, version), (starts_us, ends_us), 1) == (1, 1)
    assert schedules.take_due(starts_us - 1) == 0
    assert in_force(store) == (1, 1)
    assert schedules.take_due(starts_us) == 1
    assert in_force(store) == (2, version)
    assert schedules.take_due(ends_us - 1) == 0
    assert schedules.take_due(ends_us) == 1
    assert in_force(store) == (3, 1)
    assert schedules.take_due(ends_us + HOUR_US) == 0
    kinds = [row["kind"] for row in all_rows(store)["Activations"]]
    assert kinds == ["bootstrap", "schedule", "expiry"]
    assert fault(store) is None


def test_a_policy_for_a_while_from_now_on_gives_way_at_its_end(
    store: Store, life: PolicyLife, schedules: PolicySchedules
) -> None:
    version = approved(life)
    assert schedules.plan(act("cy"), (NAME, version), (None, NOW_US + HOUR_US), 1) == (2, 1)
    assert in_force(store) == (2, version)
    with pytest.raises(Conflict, match="comes back"):
        life.retire(act(), NAME, 1)
    schedules.take_due(NOW_US + HOUR_US)
    assert in_force(store) == (3, 1)


def test_a_schedule_ends_without_effect_where_somebody_published_meanwhile(
    store: Store, life: PolicyLife, schedules: PolicySchedules
) -> None:
    version, other = approved(life), approved(life, 3)
    schedules.plan(act("cy"), (NAME, version), (None, NOW_US + HOUR_US))
    life.publish(act("cy"), NAME, other)
    assert schedules.take_due(NOW_US + HOUR_US) == 1
    assert in_force(store) == (3, other)


def test_a_schedule_leaves_alone_what_was_published_again_for_good(
    store: Store, life: PolicyLife, schedules: PolicySchedules
) -> None:
    version, other = approved(life), approved(life, 3)
    schedules.plan(act("cy"), (NAME, version), (None, NOW_US + HOUR_US))
    life.publish(act("cy"), NAME, other)
    life.publish(act("cy"), NAME, version)
    assert schedules.take_due(NOW_US + HOUR_US) == 1
    assert in_force(store) == (4, version)


def test_what_was_in_force_comes_back_whatever_the_bank_sells_by_now(store: Store, life: PolicyLife) -> None:
    version = approved(life)

    def sold_out(policy: Policy) -> None:
        raise PolicyError([("rules[0].then.pin.product", "is no product of this bank")])

    later = PolicyLife(store, sold_out)
    PolicySchedules(store, life).plan(act("cy"), (NAME, version), (None, NOW_US + HOUR_US))
    assert PolicySchedules(store, later).take_due(NOW_US + HOUR_US) == 1
    assert in_force(store) == (3, 1)
    with pytest.raises(PolicyError):
        later.publish(act("cy"), NAME, version)
    assert later.rollback(act("cy"), NAME, version) == 4


def test_of_a_schedule_whose_time_passed_unseen_nothing_comes_into_force(
    store: Store, life: PolicyLife, schedules: PolicySchedules
) -> None:
    schedules.plan(act("cy"), (NAME, approved(life)), (NOW_US + 1, NOW_US + 2))
    assert schedules.take_due(NOW_US + HOUR_US) == 1
    assert in_force(store) == (1, 1)
    assert all_rows(store)["PolicyScheduleSteps"][0]["step"] == "cancelled"


def test_an_edit_cancels_what_was_planned(store: Store, life: PolicyLife, schedules: PolicySchedules) -> None:
    version = approved(life)
    schedules.plan(act("cy"), (NAME, version), (NOW_US + HOUR_US, None))
    life.edit(act(), NAME, version, None, Draft(cap(4)))
    assert schedules.take_due(NOW_US + HOUR_US) == 0
    assert in_force(store) == (1, 1)


@pytest.mark.parametrize(
    ("hours", "is_free"),
    [((1, 2), True), ((1, 3), False), ((2, 3), False), ((4, 5), True), ((3, None), False), ((4, None), True),
     ((1, 9), False)],
)  # fmt: skip
def test_schedules_do_not_overlap(
    life: PolicyLife, schedules: PolicySchedules, hours: tuple[int, int | None], is_free: bool
) -> None:
    schedules.plan(act("cy"), (NAME, approved(life)), (NOW_US + 2 * HOUR_US, NOW_US + 4 * HOUR_US))
    starts, ends = hours
    times = NOW_US + starts * HOUR_US, None if ends is None else NOW_US + ends * HOUR_US
    other = approved(life, 3)
    if is_free:
        assert schedules.plan(act("cy"), (NAME, other), times).schedule == 2
    else:
        with pytest.raises(Conflict, match="schedule 1"):
            schedules.plan(act("cy"), (NAME, other), times)


@pytest.mark.parametrize(("starts", "ends"), [(-1, None), (2, 1), (2, 2), (None, 0)])
def test_times_in_the_wrong_order_are_refused(
    life: PolicyLife, schedules: PolicySchedules, starts: int | None, ends: int | None
) -> None:
    times = [None if hours is None else NOW_US + hours * HOUR_US for hours in (starts, ends)]
    with pytest.raises(Invalid, match=r"at:|until:"):
        schedules.plan(act("cy"), (NAME, approved(life)), (times[0], times[1]))


def test_a_due_step_is_taken_once_by_processes_that_see_it_together(
    store: Store, life: PolicyLife, schedules: PolicySchedules, url: str
) -> None:
    other = open_store(url, make_bank())
    others = PolicySchedules(other, PolicyLife(other))
    version = approved(life)
    for turn in range(5):
        at_us = NOW_US + (2 * turn + 1) * HOUR_US
        schedules.plan(act("cy"), (NAME, version), (at_us, at_us + HOUR_US))
        for now_us in (at_us, at_us + HOUR_US):
            taken = race([lambda one=one, now_us=now_us: one.take_due(now_us) for one in (schedules, others)])
            assert sorted(map(str, taken)) == ["0", "1"]
    other.close()
    assert in_force(store) == (11, 1)
    assert fault(store) is None


def test_the_kill_switch_stops_shadows_and_plans_and_what_was_in_force_for_a_while(
    store: Store, life: PolicyLife, schedules: PolicySchedules
) -> None:
    running, planned = approved(life), approved(life, 3)
    start_shadow(store, act("cy"), NAME, planned, 0.1)
    schedules.plan(act("cy"), (NAME, running), (None, NOW_US + HOUR_US))
    schedules.plan(act("cy"), (NAME, planned), (NOW_US + 2 * HOUR_US, None))
    assert schedules.kill(act("cy", "enough")) == (3, [1, 2], [1], [], [])
    assert in_force(store) == (3, 1)
    assert schedules.take_due(NOW_US + 9 * HOUR_US) == 0
    assert schedules.kill(act("cy")) == (3, [], [], [], [])
    assert fault(store) is None


def test_the_kill_switch_names_what_it_could_not_take_out_of_force(
    store: Store, life: PolicyLife, schedules: PolicySchedules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_: object) -> Policy:
        raise PolicyError([("colour", "unknown key")])

    version = approved(life)
    schedules.plan(act("cy"), (NAME, version), (None, NOW_US + HOUR_US))
    monkeypatch.setattr(life_module, "load_policy", unreadable)
    killed = PolicySchedules(store, PolicyLife(store)).kill(act("cy"))
    assert killed == (2, [1], [], [f"{NAME}@{version}: colour: unknown key"], [])
    assert in_force(store) == (2, version)


def test_a_plan_is_dropped_once(life: PolicyLife, schedules: PolicySchedules) -> None:
    schedules.plan(act("cy"), (NAME, approved(life)), (NOW_US + HOUR_US, None))
    with pytest.raises(Missing):
        schedules.cancel(act(), 1, "spring")
    assert schedules.cancel(act(), 1, NAME) == 1
    assert schedules.take_due(NOW_US + HOUR_US) == 0
    with pytest.raises(Conflict, match="nothing left"):
        schedules.cancel(act(), 1)
    with pytest.raises(Missing):
        schedules.cancel(act(), 2)

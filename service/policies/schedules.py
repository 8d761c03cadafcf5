"""Policies that come into force and leave by the clock, each step taken once by whichever process sees it due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from service.errors import Conflict, Invalid, Missing
from service.experiments.acting import pause_all
from service.policies.life import PolicyLife, before_generation, find, in_state, take_step
from service.stores import _policies, tables
from service.stores._policies import Act, Writing
from service.stores.protocols import PolicyVersion, Store
from shelf_rules.policy_load import PolicyError

Schedule = Mapping[str, Any]


class Planned(NamedTuple):
    """The generation in force after a plan was made, and the number of the schedule."""

    generation: int
    schedule: int


class Killed(NamedTuple):
    """What the kill switch stopped, the generation in force after it, and what could not give way, with the reason.

    `experiments` are those that it paused.
    """

    generation: int
    schedules: list[int]
    shadows: list[int]
    stayed: list[str]
    experiments: list[str]


class PolicySchedules:
    """Plans over the life of policies; raises what `PolicyLife` raises."""

    def __init__(self, store: Store, life: PolicyLife) -> None:
        self._store, self._life = store, life

    def plan(
        self, act: Act, policy: tuple[str, int], times: tuple[int | None, int | None], generation: int | None = None
    ) -> Planned:
        """Put a version in force between two times; without the first at once, without the second for good.

        Raises Invalid for times in the wrong order, Conflict where another schedule has some of that time.
        """
        self._life.look_ahead(*policy)
        with self._life.writing(act) as writing:
            self._life.expect(writing, generation)
            found = find(writing, *policy)
            in_state(found, "approved", "published")
            self._life.checked(found)
            starts_us, ends_us = _in_order(times, act.at_us)
            _free(writing, starts_us, ends_us)
            now = self._life.activate(writing, "publish", found) if times[0] is None else None
            seq = _keep(writing, found, starts_us, ends_us)
            if now is not None:
                take_step(writing, seq, "start", now, "")
            writing.sign("schedule", f"schedule {seq}", None, found.sha256)
            return Planned(_policies.generation(writing.connection), seq)

    def cancel(self, act: Act, schedule: int, name: str = "") -> int:
        """Let a schedule do nothing more; what it has put in force stays. The generation in force.

        Raises Missing for a number that is none, of that name's policies, Conflict for one that has nothing left to do.
        """
        with self._life.writing(act) as writing:
            known = _policies.rows_of(writing.connection, tables.PolicySchedules, seq=schedule)
            if not known or name not in {"", known[0]["name"]}:
                raise Missing("unknown_schedule", f"schedule {schedule}: no such schedule")
            if schedule not in {one["seq"] for one in _policies.open_schedules(writing.connection)}:
                raise Conflict("is_over", f"schedule {schedule} has nothing left to do")
            take_step(writing, schedule, "cancelled", None, act.comment)
            writing.sign("schedule_cancel", f"schedule {schedule}", None, None)
            return _policies.generation(writing.connection)

    def take_due(self, now_us: int) -> int:
        """Take the steps whose time has come, in the order of their times; how many."""
        taken = 0
        while self._store.is_step_due(now_us) and self._take_one(now_us):
            taken += 1
        return taken

    def kill(self, act: Act) -> Killed:
        """Pause every experiment, stop every shadow and schedule; a policy in force for a while gives way at once."""
        with self._life.writing(act) as writing:
            experiments = pause_all(writing)
            shadows = _policies.running_shadows(writing.connection)
            for shadow in shadows:
                writing.insert(tables.PolicyShadowStops, shadow=shadow, actor=act.actor, at_us=act.at_us)
            schedules, stayed = _policies.open_schedules(writing.connection), []
            for schedule in schedules:
                generation, note = (None, "") if schedule["started"] is None else self._back(writing, "kill", schedule)
                take_step(writing, schedule["seq"], "cancelled", generation, note or "kill switch")
                if schedule["started"] == _policies.policy_generation(writing.connection):
                    stayed.append(f"{schedule['name']}@{schedule['version']}: {note}")
            writing.sign("kill_switch", "policies", None, None)
            seqs = [one["seq"] for one in schedules]
            return Killed(_policies.generation(writing.connection), seqs, shadows, stayed, experiments)

    def _take_one(self, now_us: int) -> bool:
        with self._store.begin() as connection:
            due = [
                (time_us, what != "end", one["seq"], one)
                for one in _policies.open_schedules(connection)
                for what, time_us in (("start", one["starts_us"]), ("end", one["ends_us"]))
                if (what == "start") == (one["started"] is None) and time_us is not None and time_us <= now_us
            ]
            if not due:
                return False  # another process was faster
            _, is_start, seq, schedule = min(due, key=lambda each: each[:3])
            writing = Writing(connection, Act(schedule["actor"], now_us, schedule["reason"]))
            if is_start:
                step, generation, note = self._started(writing, schedule)
            else:
                step, (generation, note) = "end", self._back(writing, "expiry", schedule)
            take_step(writing, seq, step, generation, note)
            writing.sign(f"schedule_{step}", f"schedule {seq}", None, None)
            return True

    def _started(self, writing: Writing, schedule: Schedule) -> tuple[str, int | None, str]:
        """The step, generation and note of a start: cancelled where the policy cannot come into force any more."""
        if schedule["ends_us"] is not None and schedule["ends_us"] <= writing.act.at_us:
            return "cancelled", None, "its time had passed"
        try:
            found = find(writing, schedule["name"], schedule["version"])
            return "start", self._life.activate(writing, "schedule", found), ""
        except (Conflict, PolicyError) as error:
            return "cancelled", None, str(error)

    def _back(self, writing: Writing, kind: str, schedule: Schedule) -> tuple[int | None, str]:
        """Bring back what was in force before a schedule, unless somebody published meanwhile; generation and note."""
        before = before_generation(writing, schedule["started"])
        if _policies.policy_generation(writing.connection) != schedule["started"]:
            return None, "something else came into force meanwhile"
        if before is None:
            return None, "nothing was in force before"
        try:
            return self._life.activate(writing, kind, find(writing, before.name, before.version)), ""
        except (Conflict, PolicyError) as error:
            return None, str(error)


def _in_order(times: tuple[int | None, int | None], now_us: int) -> tuple[int, int | None]:
    at_us, until_us = times
    if at_us is not None and at_us <= now_us:
        raise Invalid("bad_time", "at: must lie ahead; leave it out to publish now")
    starts_us = now_us if at_us is None else at_us
    if until_us is not None and until_us <= starts_us:
        raise Invalid("bad_time", "until: must come after the time at which the policy comes into force")
    return starts_us, until_us


def _free(writing: Writing, starts_us: int, ends_us: int | None) -> None:
    for other in _policies.open_schedules(writing.connection):
        if starts_us < _end(other["starts_us"], other["ends_us"]) and other["starts_us"] < _end(starts_us, ends_us):
            raise Conflict("overlap", f"schedule {other['seq']} of {other['name']}@{other['version']} has that time")


def _end(starts_us: int, ends_us: int | None) -> int:
    """When a schedule is over; one without an end is an instant."""
    return starts_us + 1 if ends_us is None else ends_us


def _keep(writing: Writing, found: PolicyVersion, starts_us: int, ends_us: int | None) -> int:
    act = writing.act
    return writing.numbered(
        tables.PolicySchedules,
        name=found.name,
        version=found.version,
        starts_us=starts_us,
        ends_us=ends_us,
        actor=act.actor,
        reason=act.comment,
        at_us=act.at_us,
    )

"""`huojia jobs`: how the daily jobs stand, and running them by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from service.bootstrap import store_of
from service.clock import Clock, iso
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.job_state import OUTCOMES, SUCCESSES, JobState
from service.jobs._in_force import holder, schedule_in_force
from service.jobs.runner import Run, Runner, Standing
from service.jobs.schedule import JOBS
from service.progress import Step, progress_bar
from service.settings import Settings
from service.stores.protocols import Store

_COLUMNS = ("job", "due", "last success", "s", "last failure", "its line", "now")


def jobs(settings: Settings, *, as_json: bool) -> None:
    """Print when each job is due, how its newest runs ended, what it does now, and which process leads."""
    with store_of(settings) as store:
        leader, running = holder(store, "jobs-leader"), holder(store, "jobs-run")
        by, is_told = schedule_in_force(settings, store, leader)
        runner = _runner(by, store)
        standings = asyncio.run(runner.standings())
        now_us = runner.clock.now_us()
    is_on = by.jobs_time is not None
    if as_json:
        told = {"schedule": str(by.jobs_time)[:5] if is_on else None, "schedule_of": "leader" if is_told else "here"}
        told |= {"leader": leader, "now": iso(now_us)}
        say_json({**told, "jobs": [_as_dict(one, is_on=is_on) for one in standings]})
        return
    say_table("daily jobs", _COLUMNS, [_row(one, by, running) for one in standings])
    if is_on:
        whose = f"{leader} leads" if leader else "no service leads"
        say(f"at {by.jobs_time:%H:%M}, {by.timezone}{'' if is_told else ', as set here'}; {whose}")
    else:
        say("no schedule (HUOJIA_JOBS_AT): they run by hand, `huojia jobs run`; due is what has not run since midnight")


def run_jobs(settings: Settings, named: Sequence[str], *, as_json: bool) -> None:
    """Run the jobs that are due, or those named, in the order of a day; raises Refused where one failed."""
    strange = sorted(set(named) - set(JOBS))
    if strange:
        raise Refused(f"{strange[0]}: no such job; there are {', '.join(JOBS)}")
    with store_of(settings) as store:
        by, _ = schedule_in_force(settings, store, holder(store, "jobs-leader"))
        standings = asyncio.run(_runner(by, store).standings())
        late = [one.state.job for one in standings if one.due.lag_us]
        tell: Callable[[str], None] = (lambda line: None) if as_json else say
        names = [job for job in JOBS if job in named] if named else late
        states = asyncio.run(_run_all(_runner(settings, store), names, tell))
    if as_json:
        say_json([_ended(state) for state in states])
    elif not states:
        say("nothing is due; `huojia jobs run JOB` runs one all the same")
    failed = [state for state in states if state.outcome not in SUCCESSES]
    if failed:
        raise Refused("; ".join(f"{state.job} {state.outcome}: {state.line}" for state in failed))


async def _run_all(runner: Runner, names: Sequence[str], tell: Callable[[str], None]) -> list[JobState]:
    if not names:
        return []
    async with runner.turn() as run:
        return [await _run_one(run, job, tell) for job in names]


async def _run_one(run: Run, job: str, tell: Callable[[str], None]) -> JobState:
    with progress_bar() as progress:
        state = await run(job, lambda stage, done, total: progress(f"{job}, {stage}", done, total))
    if state.outcome in SUCCESSES:
        tell(f"{job}: {state.line} ({state.seconds:.1f} s)")
    return state


def _runner(settings: Settings, store: Store) -> Runner:
    return Runner(settings, Clock(settings.start), store)


def _row(standing: Standing, settings: Settings, running: str | None) -> tuple[object, ...]:
    state, due = standing
    return (
        state.job,
        _time(due.next_us),
        _time(state.succeeded_us),
        "" if state.seconds is None else f"{state.seconds:.1f}",
        _time(state.failed_us),
        state.failed_line,
        _doing(standing, settings, running),
    )


def _doing(standing: Standing, settings: Settings, running: str | None) -> str:
    state, due = standing
    if state.is_open and running is None:
        return f"died: {state.ran_by} is gone without a word"
    if state.is_open:
        at = Step(state.stage, state.stage_done, state.stage_total).line if state.stage else "begun"
        return f"running since {_time(state.begun_us)} by {state.ran_by}: {at}"
    if not due.lag_us:
        return "never due" if due.next_us is None else ""
    if due.is_ready or settings.jobs_time is None:
        return "due"
    return (
        f"given up for today after {state.tries} tries"
        if state.tries >= int(settings.jobs_tries)
        else "tried again soon"
    )


def _time(us: int | None) -> str:
    return "" if us is None else iso(us // 1_000_000 * 1_000_000)


def _ended(state: JobState) -> dict[str, Any]:
    return {"job": state.job, "outcome": state.outcome, "line": state.line, "seconds": state.seconds}


def _as_dict(standing: Standing, *, is_on: bool) -> dict[str, Any]:
    state, due = standing
    stage = {"stage": state.stage, "done": state.stage_done, "total": state.stage_total} if state.stage else None
    newest = {
        "begun": _time(state.begun_us),
        "ended": _time(state.ended_us) or None,
        "by": state.ran_by,
        "progress": stage,
        **_ended(state),
    }
    return {
        "job": state.job,
        "due": _time(due.next_us) or None,
        "lag_s": due.lag_us / 1e6,
        "ready": due.is_ready and is_on,
        "running": state.is_open,
        "tries": state.tries,
        "newest": None if state.begun_us is None else newest,
        "last_success": _time(state.succeeded_us) or None,
        "last_failure": None if state.failed_us is None else {"at": _time(state.failed_us), "line": state.failed_line},
        "runs": {outcome: getattr(state, outcome) for outcome in OUTCOMES},
    }

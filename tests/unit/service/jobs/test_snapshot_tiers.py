"""The day's tiers, published for tomorrow's hysteresis."""

from __future__ import annotations

import dataclasses
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recommender.profile.state import UNKNOWN as NONE
from service.bootstrap import runtime_of
from service.clock import from_us
from service.jobs.snapshot_tiers import SEEN_DAYS, snapshot_tiers
from service.pipeline.facts import Asked, Moment, build_facts
from service.pipeline.gather import is_held_out
from service.profiles import read_derived
from service.progress import silent
from service.runtime import Runtime
from shelf_rules.decide import decide
from shelf_rules.facts import Query
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import Threshold
from tests.sample_bank import SampleBank

CUSTOMERS = 260
ROOT = Path(__file__).resolve().parents[4]
COMPUTING = """
import multiprocessing, os, time
from service.jobs.snapshot_tiers import _inherit
pool = multiprocessing.get_context("fork").Pool(1, _inherit, (None, os.getpid()))
print("begun", flush=True)
time.sleep(600)
"""
TIER = "migratable"


@pytest.fixture
def runtime(small_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    with runtime_of(small_bank.copy(tmp_path / "bank").settings()) as opened:
        yield opened


def _derived(runtime: Runtime) -> dict[str, bytes]:
    ids = runtime.store.customer_ids(limit=10 * CUSTOMERS)
    rows = {customer_id: runtime.store.read(customer_id, personal=True)[1] for customer_id in ids}
    return {customer_id: row.derived for customer_id, row in rows.items() if row is not None and row.derived}


def _categories(runtime: Runtime, customer_id: str, policy: Policy) -> Any:
    """The categories of a customer's decision now, under a policy."""
    now_us = runtime.clock.now_us()
    moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
    _, row = runtime.store.read(customer_id, personal=True)
    world = runtime.worlds.last()
    facts = build_facts(Asked(customer_id, Query(), moment, 0, held_out=False), row, world)
    view = decide(facts, world.catalogue, policy, world.regime).categories
    assert view is not None
    return view


def test_a_process_that_computes_ends_when_the_command_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", COMPUTING], cwd=ROOT, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "begun\n"
        command.kill()
        assert select.select([command.stdout], [], [], 30)[0], "it holds open what it inherited, as a lock of the bank"
        assert command.stdout.read() == ""


def test_a_process_that_computes_ends_also_when_the_command_was_killed_before_it_began() -> None:
    orphan = "import time; from service.jobs.snapshot_tiers import _inherit; _inherit(None, 0); time.sleep(600)"
    assert subprocess.run([sys.executable, "-c", orphan], cwd=ROOT, timeout=60, check=False).returncode == 1


def test_several_processes_publish_what_one_does(runtime: Runtime, small_bank: SampleBank, tmp_path: Path) -> None:
    count = snapshot_tiers(runtime, silent)
    with runtime_of(small_bank.copy(tmp_path / "other").settings()) as other:
        assert snapshot_tiers(other, silent, processes=2) == count
        assert _derived(other) == _derived(runtime)


def test_two_runs_of_a_day_leave_the_same_bytes(runtime: Runtime) -> None:
    count = snapshot_tiers(runtime, silent)
    first = _derived(runtime)
    assert count == len(first) > CUSTOMERS / 4
    assert snapshot_tiers(runtime, silent) == count
    assert _derived(runtime) == first


def test_every_snapshot_is_of_today_and_names_tiers_of_known_categories(runtime: Runtime) -> None:
    snapshot_tiers(runtime, silent)
    today = runtime.calendar.day(runtime.clock.now_us())
    known = range(len(runtime.worlds.last().catalogue.categories))
    for raw in _derived(runtime).values():
        part = read_derived(raw)
        assert part.day == today
        assert all(number in known and tier for number, tier in part.tiers)


def test_who_is_held_out_or_was_not_seen_for_long_has_no_snapshot(runtime: Runtime) -> None:
    snapshot_tiers(runtime, silent)
    assert not [one for one in _derived(runtime) if is_held_out(runtime, runtime.worlds.last(), one)]
    runtime.clock.set(from_us(runtime.clock.now_us() + (SEEN_DAYS + 1) * 86_400_000_000))
    assert snapshot_tiers(runtime, silent) == 0


def test_the_snapshot_holds_the_tiers_of_the_days_decision(runtime: Runtime) -> None:
    today = runtime.calendar.day(runtime.clock.now_us())
    runtime.clock.set(from_us(runtime.calendar.midnight_us(today)))
    snapshot_tiers(runtime, silent)
    for customer_id, raw in list(_derived(runtime).items())[:20]:
        runtime.store.put_derived({customer_id: {"day": today, "tiers": ()}})
        tiers = _categories(runtime, customer_id, runtime.worlds.last().policy).tier
        assert read_derived(raw).tiers == tuple((at, tier) for at, tier in enumerate(tiers) if tier)


def _between(view: Any) -> list[tuple[int, float]]:
    return [
        (number, float(view.migratable[number]))
        for number, tier in enumerate(view.tier)
        if tier == TIER and view.migratable[number] < 1
    ]


def test_a_category_between_leave_and_enter_stays_after_the_snapshot_and_is_out_without_it(runtime: Runtime) -> None:
    policy = runtime.worlds.last().policy
    snapshot_tiers(runtime, silent)
    for customer_id in _derived(runtime):
        for number, score in _between(_categories(runtime, customer_id, policy)):
            # The bar is raised just above the category's score: what is in stays, what is out would not come in.
            raised = dataclasses.replace(
                policy,
                thresholds={**policy.thresholds, TIER: Threshold(enter=score + 1e-6, leave=score - 1e-6)},
            )
            assert _categories(runtime, customer_id, raised).tier[number] == TIER
            runtime.store.put_derived({customer_id: {"day": NONE, "tiers": ()}})
            assert _categories(runtime, customer_id, raised).tier[number] != TIER
            return
    raise AssertionError("no customer has a migratable category")

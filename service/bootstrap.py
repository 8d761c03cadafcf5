"""Puts the parts of a process together, for the service and for every command, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service import __version__
from service.auth import Authenticator
from service.calendar import BankCalendar
from service.clock import Clock
from service.errors import Conflict, Refused
from service.group_commit import GroupCommitter
from service.job_metrics import JobMetrics
from service.jobs.runner import Runner
from service.keyed import Secrets
from service.last_good import LastGood
from service.model_shelf import ModelShelf
from service.opening import open_now, open_or_late, opening_of
from service.pipeline.other_arms import OtherArms
from service.pipeline.record import DecisionLog
from service.policies.life import PolicyLife
from service.policies.shadow import Shadow
from service.replay import Replayer
from service.row_cache import RowCache
from service.rules import RulesShelf, policy_record
from service.runtime import Runtime
from service.settings import Settings
from service.store_calls import StoreCalls
from service.stores.protocols import Store
from service.tag_metrics import TagMetrics
from service.telemetry import StageTimes, Telemetry
from service.threads import compute_alone
from service.world import WorldBuilder
from service.world_keeper import WorldKeeper


def build_runtime(settings: Settings, *, patient: bool = False) -> Runtime:
    """Everything a process needs, its store opened and its data folder made if need be.

    A command waits patiently for the store; the service starts with the last good world where that does not answer.
    """
    compute_alone()
    telemetry, clock, keyed = Telemetry(), Clock(settings.start), Secrets(settings.secret_key, settings.unit_key)
    rules = rules_shelf(settings)
    last_good = LastGood(settings.folder / "last_good", settings.url, telemetry)
    opening = opening_of(settings, rules, clock, patient=patient)
    store = open_now(opening) if patient else open_or_late(settings, opening, last_good)
    if last_good.in_force is None:
        ensure_policy(store, clock.now_us())
    builder = WorldBuilder(store, ModelShelf(settings.folder / "models", store), rules, __version__)
    committer = GroupCommitter(store)
    calls = _calls(settings, store, committer, clock, telemetry)
    return Runtime(
        settings=settings,
        clock=clock,
        calendar=BankCalendar(settings.timezone),
        store=store,
        calls=calls,
        committer=committer,
        worlds=_first_worlds(builder, store, last_good, telemetry),
        last_good=last_good,
        authenticator=Authenticator(settings, store, calls),
        keyed=keyed,
        telemetry=telemetry,
        times=StageTimes(telemetry),
        decisions=DecisionLog(settings.folder / "spool", store, telemetry),
        shadow=Shadow(store, keyed, telemetry),
        other_arms=OtherArms(store, telemetry),
        replayer=Replayer(store, builder, rules),
        jobs=Runner(settings, clock, store),
        job_metrics=JobMetrics(telemetry),
        tag_metrics=TagMetrics(telemetry),
    )


def close_runtime(runtime: Runtime) -> None:
    """Close in reverse order: nothing acknowledged or logged is left behind."""
    runtime.calls.close()
    runtime.committer.close()
    runtime.shadow.close()
    runtime.other_arms.close()
    runtime.decisions.close()
    runtime.store.close()


def _calls(
    settings: Settings, store: Store, committer: GroupCommitter, clock: Clock, telemetry: Telemetry
) -> StoreCalls:
    rows = RowCache(
        telemetry,
        clock.now_us,
        rows_max=int(settings.row_cache_rows),
        bytes_max=int(settings.row_cache_mb) << 20,
        limit_s=float(settings.stale_limit_s),
    )
    return StoreCalls(store, committer, rows, telemetry, settings.limits)


def rules_shelf(settings: Settings) -> RulesShelf:
    """The rules kept in the data folder, under the settings' law."""
    return RulesShelf(settings.folder / "rules", settings.regime, settings.action_hosts)


def ensure_policy(store: Store, now_us: int) -> None:
    """Publish the default policy into a store that has none."""
    if store.versions().generation == 0:
        with suppress(Conflict):  # another process was faster
            PolicyLife(store).enact("bootstrap", policy_record({}, "default", 1), now_us)


@contextmanager
def store_of(settings: Settings) -> Iterator[Store]:
    """The settings' store for a command, closed on the way out."""
    store = open_now(opening_of(settings, rules_shelf(settings), Clock(settings.start), patient=True))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def runtime_of(settings: Settings) -> Iterator[Runtime]:
    """A whole runtime for a command, closed on the way out."""
    runtime = build_runtime(settings, patient=True)
    try:
        yield runtime
    finally:
        close_runtime(runtime)


def _first_worlds(builder: WorldBuilder, store: Store, last_good: LastGood, telemetry: Telemetry) -> WorldKeeper:
    """What is in force at the start: as the store says, or as was read from disk."""
    source = last_good.in_force
    if source is None:
        return WorldKeeper(builder, store.versions(), telemetry)
    try:
        return WorldKeeper(builder, source.versions, telemetry)
    except (LookupError, OSError, TypeError, ValueError) as error:
        store.close()
        raise Refused(f"the last good world on disk cannot be built: {error}") from error

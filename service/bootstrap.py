"""Puts the parts of a process together, for the service and for every command, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service import __version__
from service.auth import Authenticator
from service.calendar import BankCalendar
from service.clock import Clock
from service.errors import Refused
from service.group_commit import GroupCommitter
from service.job_metrics import JobMetrics
from service.jobs.runner import Runner
from service.keyed import Secrets
from service.model_shelf import ModelShelf
from service.pipeline.record import DecisionLog
from service.replay import Replayer
from service.row_cache import RowCache
from service.rules import RulesShelf, policy_record
from service.runtime import Runtime
from service.settings import Settings
from service.store_calls import StoreCalls
from service.stores._bank import Bank
from service.stores._errors import STORE_ERRORS
from service.stores.open import open_store
from service.stores.protocols import Store
from service.tag_metrics import TagMetrics
from service.telemetry import StageTimes, Telemetry
from service.threads import compute_alone
from service.world import WorldBuilder, WorldKeeper


def build_runtime(settings: Settings, *, patient: bool = False) -> Runtime:
    """Everything a process needs, its store opened and its data folder made if need be; a command waits patiently."""
    compute_alone()
    telemetry, clock = Telemetry(), Clock(settings.start)
    rules = rules_shelf(settings)
    store = _open(settings, rules, clock, patient=patient)
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
        worlds=WorldKeeper(builder, store.versions(), telemetry),
        authenticator=Authenticator(settings, store, calls),
        keyed=Secrets(settings.secret_key, settings.unit_key),
        telemetry=telemetry,
        times=StageTimes(telemetry),
        decisions=DecisionLog(settings.folder / "spool", store, telemetry),
        replayer=Replayer(store, builder, rules),
        jobs=Runner(settings, clock, store),
        job_metrics=JobMetrics(telemetry),
        tag_metrics=TagMetrics(telemetry),
    )


def close_runtime(runtime: Runtime) -> None:
    """Close in reverse order: nothing acknowledged or logged is left behind."""
    runtime.calls.close()
    runtime.committer.close()
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
        store.publish(policy_record({}, "default", 1), "bootstrap", now_us)


@contextmanager
def store_of(settings: Settings) -> Iterator[Store]:
    """The settings' store for a command, closed on the way out."""
    store = _open(settings, rules_shelf(settings), Clock(settings.start), patient=True)
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


def _open(settings: Settings, rules: RulesShelf, clock: Clock, *, patient: bool) -> Store:
    settings.folder.mkdir(parents=True, exist_ok=True)
    bank = Bank(rules.regime, BankCalendar(settings.timezone), clock.now_us)
    try:
        return open_store(settings.url, bank, settings.limits.patient if patient else settings.limits)
    except STORE_ERRORS as error:
        raise Refused(f"the database cannot be opened as one of this release: {error}") from None

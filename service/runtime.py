"""What one process holds: built once by `service.bootstrap`, for the service and for every command."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from service.auth import Authenticator
from service.calendar import BankCalendar
from service.clock import Clock
from service.group_commit import GroupCommitter
from service.job_metrics import JobMetrics
from service.jobs.runner import Runner
from service.keyed import Secrets
from service.last_good import LastGood
from service.pipeline.other_arms import OtherArms
from service.pipeline.record import DecisionLog
from service.policies.shadow import Shadow
from service.replay import Replayer
from service.settings import Settings
from service.store_calls import StoreCalls
from service.stores.protocols import Store
from service.tag_metrics import TagMetrics
from service.telemetry import StageTimes, Telemetry
from service.world_keeper import WorldKeeper


@dataclass(slots=True)
class Runtime:
    """The parts of a running service, handed to handlers, the pipeline, jobs and commands; no part of it knows it."""

    settings: Settings
    clock: Clock
    calendar: BankCalendar
    store: Store
    calls: StoreCalls
    committer: GroupCommitter
    worlds: WorldKeeper
    last_good: LastGood
    authenticator: Authenticator
    keyed: Secrets
    telemetry: Telemetry
    times: StageTimes
    decisions: DecisionLog
    shadow: Shadow
    other_arms: OtherArms
    replayer: Replayer
    jobs: Runner
    job_metrics: JobMetrics
    tag_metrics: TagMetrics
    reporting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a report is made that was asked for over HTTP."""
    previewing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a preview is made that was asked for over HTTP."""

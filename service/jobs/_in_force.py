"""Who has a lock of the bank, and the schedule of whoever leads."""

from __future__ import annotations

import dataclasses

from service.settings import Settings
from service.stores._jobs import JobStore


def holder(store: JobStore, name: str) -> str | None:
    """Who holds a lock of the bank; None: nobody."""
    lock = store.lock(name)
    try:
        return lock.holder()
    finally:
        lock.close()


def schedule_in_force(settings: Settings, store: JobStore, leader: str | None) -> tuple[Settings, bool]:
    """The settings with the schedule of the process that leads, and whether it has told one."""
    told = store.leader_schedule()
    if told is None or told.leader != leader:
        return settings, False
    schedule = {name: value for name, value in dataclasses.asdict(told).items() if name != "leader"}
    return dataclasses.replace(settings, **schedule), True

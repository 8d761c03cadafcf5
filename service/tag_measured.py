"""The time as of which tags were measured or inferred last: what is found out about them does not go back behind it."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from service.clock import iso
from service.errors import Refused
from service.stores import tables
from service.stores._upsert import table

_MEASURED, _INFERRED = table(tables.TagMeasurements), table(tables.LatentChanges)


def measured_until(connection: Connection) -> int | None:
    """The newest time as of which tags were measured; None: they never were."""
    newest: int | None = connection.scalar(select(func.max(_MEASURED.c.measured_us)))
    return newest


def inferred_until(connection: Connection) -> int | None:
    """When a latent tag was last given or taken back; None: none ever was."""
    newest: int | None = connection.scalar(select(func.max(_INFERRED.c.at_us)))
    return newest


def refuse_going_back(job: str, at_us: int, known_us: int | None, *, done: str = "measured", slack_us: int = 0) -> None:
    """Raises Refused where it has been done as of a later time than an instant, by more than the slack."""
    if known_us is not None and known_us > at_us + slack_us:
        raise Refused(f"{job}: tags have been {done} as of {iso(known_us)}; --dry-run looks at {iso(at_us)}")

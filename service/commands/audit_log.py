"""The audit log by hand: whether it is whole, and what it says."""

from __future__ import annotations

from service.api.audit import shown
from service.bootstrap import store_of
from service.clock import iso
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.policies.audit import verify as verdict_of
from service.settings import Settings
from service.stores._audit import entries


def verify(settings: Settings, head: str, *, as_json: bool) -> None:
    """Compute the chain anew; raises Refused naming the first thing that is wrong."""
    with store_of(settings) as store, store.connect() as connection:
        found = verdict_of(connection, head)
    if as_json:
        say_json({"rows": found.rows, "head": found.head, "fault": found.fault})
    elif found.fault is None:
        say(f"{found.rows} rows, whole; head {found.head}")
    if found.fault is not None:
        raise Refused(found.fault)


def show(settings: Settings, last: int, *, as_json: bool) -> None:
    """Print the last rows."""
    with store_of(settings) as store, store.connect() as connection:
        rows = list(entries(connection))[-last:]
    if as_json:
        say_json([shown(row) for row in rows])
        return
    table = [(row.seq, iso(row.at_us), row.actor, row.action, row.object, row.hash[:12]) for row in rows]
    say_table("audit log", ("row", "at", "actor", "action", "object", "hash"), table)

"""Starting and stopping a shadow: one at a time, each with its row in the audit log."""

from __future__ import annotations

import dataclasses

import orjson

from service.errors import Conflict, Invalid, Missing
from service.policies.shadow_record import ShadowRecord
from service.stores import _policies, _shadows, tables
from service.stores._policies import Act, Writing
from service.stores.protocols import PolicyVersion, Store
from shelf_rules.policy_load import load_policy


def start_shadow(store: Store, act: Act, name: str, version: int, share: float) -> ShadowRecord:
    """Compute a stored version, in whatever state, beside the one in force, as it is now: later edits do not reach it.

    Raises Missing; Conflict where one runs or the version is in force; Invalid for a bad share; PolicyError for a
    version that this release cannot read.
    """
    if not 0 < share <= 1:
        raise Invalid("bad_share", "share: above 0, up to 1")
    with store.begin() as connection:
        found = _policies.policy(connection, name, version)
        if found is None:
            raise Missing("unknown_policy", f"policy {name}@{version}: no such version")
        load_policy(orjson.loads(found.content))
        running = _shadows.shadow(connection)
        if running is not None:
            raise Conflict("shadow_running", f"{running.label} is shadowed already: stop it first")
        if _policies.active_policy(connection)[1].sha256 == found.sha256:
            raise Conflict("in_force", f"{found.label} is in force: there is nothing to compare it with")
        return _begun(Writing(connection, act), found, share)


def _begun(writing: Writing, found: PolicyVersion, share: float) -> ShadowRecord:
    act = writing.act
    columns = {"name": found.name, "version": found.version, "content": found.content, "sha256": found.sha256}
    by = {"share": share, "actor": act.actor, "at_us": act.at_us}
    seq = writing.numbered(tables.PolicyShadows, **columns, **by)
    writing.sign("shadow_start", found.label, None, found.sha256)
    return ShadowRecord(seq, found.name, found.version, found.content, found.sha256, share, act.actor, act.at_us)


def stop_shadow(store: Store, act: Act, name: str, version: int) -> ShadowRecord:
    """End the shadow of a version; raises Missing where none of it runs."""
    with store.begin() as connection:
        running = _shadows.shadow(connection)
        if running is None or (running.name, running.version) != (name, version):
            raise Missing("no_shadow", f"policy {name}@{version}: no shadow of it runs")
        writing = Writing(connection, act)
        writing.insert(tables.PolicyShadowStops, shadow=running.seq, actor=act.actor, at_us=act.at_us)
        writing.sign("shadow_stop", running.label, running.sha256, None)
    return dataclasses.replace(running, stopped_by=act.actor, stopped_us=act.at_us)

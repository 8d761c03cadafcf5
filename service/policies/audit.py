"""Whether the audit log is whole, and whether what is governed is as it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Table, select

from service.policies.told_step import strange_step
from service.stores import tables
from service.stores._audit import Entry, entries
from service.stores._policies import GOVERNED, generation
from service.stores._upsert import table

_VERSIONS = str(table(tables.Policies).name)
Key = tuple[object, ...]
Rows = dict[str, dict[Key, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many rows the log has, its newest hash, and the first thing that is wrong; None where nothing is."""

    rows: int
    head: str
    fault: str | None


def verify(connection: Connection, head: str = "") -> Verdict:
    """Compute the chain anew and compare the governed tables with it; `head` is a hash that the chain must hold."""
    told: Rows = {of.name: {} for of in GOVERNED}
    keys = {of.name: [column.name for column in of.primary_key] for of in GOVERNED}
    seq, newest, is_found = 0, "", not head
    for entry in entries(connection):
        fault = _broken(entry, seq, newest)
        if fault is not None:
            return Verdict(seq, newest, fault)
        for name, rows in orjson.loads(entry.note)["rows"].items():
            for row in rows if name in told else ():
                key = tuple(row[one] for one in keys[name])
                if name == _VERSIONS and (fault := strange_step(entry, told[name].get(key), row)):
                    return Verdict(seq, newest, f"audit row {entry.seq}: {fault}")
                told[name][key] = row
        seq, newest = entry.seq, entry.hash
        is_found = is_found or newest == head
    if not is_found:
        return Verdict(seq, newest, f"audit: no row has the hash {head}: rows were taken away or written anew")
    return Verdict(seq, newest, next(_strange(connection, told), None))


def _broken(entry: Entry, seq: int, newest: str) -> str | None:
    """What is wrong with a row after the row `seq` with the hash `newest`."""
    if entry.seq != seq + 1:
        return f"audit row {seq + 1}: is missing"
    if entry.prev_hash != newest:
        return f"audit row {entry.seq}: does not follow the row before it"
    return None if entry.hash == entry.hashed() else f"audit row {entry.seq}: was changed"


def _strange(connection: Connection, told: Rows) -> Iterator[str]:
    for of in GOVERNED:
        yield from _untold(connection, of, told[of.name])
    stated = connection.scalar(select(table(tables.Versions).c.generation))
    if stated != generation(connection):
        yield f"versions: generation {stated} is stated, {generation(connection)} was the last one activated"


def _untold(connection: Connection, of: Table, told: dict[Key, Mapping[str, Any]]) -> Iterator[str]:
    """Rows that are not as the log tells them, or not in it; in the end those that it tells and nobody has."""
    for row in connection.execute(select(of).order_by(*of.primary_key)):
        key = tuple(row._mapping[column.name] for column in of.primary_key)
        where, said = f"{of.name} {' '.join(map(str, key))}", told.pop(key, None)
        if said is None:
            yield f"{where}: is not in the audit log"
            continue
        for name, value in row._mapping.items():
            if name == "content":
                if hashlib.sha256(value).hexdigest() != said["sha256"]:
                    yield f"{where}: content is not what its SHA-256 says"
            elif value != said.get(name):
                yield f"{where}: {name} is {value!r}, the audit log says {said.get(name)!r}"
    yield from (f"{of.name} {' '.join(map(str, key))}: is in the audit log and nowhere else" for key in told)

"""The audit log: one row an act, each with the hash of the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select

from service.stores import tables
from service.stores._upsert import table

_AUDIT = table(tables.Audit)


class Entry(NamedTuple):
    """One row; `note` is canonical JSON: what was said, and the rows of other tables as the act left them."""

    seq: int
    at_us: int
    actor: str
    action: str
    object: str
    before_sha: str | None
    after_sha: str | None
    note: str
    prev_hash: str
    hash: str

    def hashed(self) -> str:
        """SHA-256 over the canonical JSON of everything but the hash itself."""
        content = {name: value for name, value in self._asdict().items() if name != "hash"}
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def append(
    connection: Connection,
    at_us: int,
    actor: str,
    deed: tuple[str, str, str | None, str | None],
    note: Mapping[str, Any],
) -> None:
    """Add an act, (action, object, SHA-256 before, after), in the transaction that does it, under the bank's lock."""
    columns = (_AUDIT.c.seq, _AUDIT.c.hash)
    last = connection.execute(select(*columns).order_by(_AUDIT.c.seq.desc()).limit(1)).one_or_none()
    seq, head = (1, "") if last is None else (last.seq + 1, last.hash)
    told = orjson.dumps(note, option=orjson.OPT_SORT_KEYS).decode()
    entry = Entry(seq, at_us, actor, *deed, told, head, "")
    connection.execute(insert(_AUDIT).values(**entry._replace(hash=entry.hashed())._asdict()))


def entries(connection: Connection, *, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
    """Rows in their order, from the one after `after` on."""
    columns = [_AUDIT.c[name] for name in Entry._fields]
    page = select(*columns).where(_AUDIT.c.seq > after).order_by(_AUDIT.c.seq).limit(limit)
    return (Entry(*row) for row in connection.execute(page))


def head(connection: Connection) -> str:
    """The hash of the newest row, "" before the first."""
    return connection.scalar(select(_AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)) or ""

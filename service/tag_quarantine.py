"""What is in quarantine now, and what the last measuring found wrong with the data of tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from recommender.tag_quality.quarantine import REASONS
from service.clock import iso
from service.stores import tables
from service.stores._upsert import table

_TAGS, _DEFINITIONS = table(tables.Tags), table(tables.TagDefinitions)
_LOG, _FINDINGS = table(tables.TagQuarantines), table(tables.TagFindings)
_BESIDE = _DEFINITIONS, _DEFINITIONS.c.tag_no == _TAGS.c.tag_no

Row = dict[str, Any]


def quarantine_summary(connection: Connection, tag: str | None = None) -> Row:
    """Assignments and customers by reason, and by tag and reason, of all tags or of one; `findings` of a measuring."""
    reason, told = _TAGS.c.quarantined, (func.count().label("assignments"), _customers())
    held = select(reason.label("reason"), *told).join(*_BESIDE).where(reason.is_not(None))
    by_tag = select(_DEFINITIONS.c.tag, reason.label("reason"), *told).join(*_BESIDE).where(reason.is_not(None))
    if tag is not None:
        held, by_tag = (statement.where(_DEFINITIONS.c.tag == tag) for statement in (held, by_tag))
    found = {row.reason: row._asdict() for row in connection.execute(held.group_by(reason))}
    none = {"assignments": 0, "customers": 0}
    tags = connection.execute(by_tag.group_by(_DEFINITIONS.c.tag, reason).order_by(_DEFINITIONS.c.tag, reason))
    at_us = connection.scalar(select(func.max(table(tables.TagMeasurements).c.measured_us)))
    return {
        "reasons": [found.get(name, {"reason": name, **none}) for name in REASONS[1:]],
        "tags": [row._asdict() for row in tags],
        "measured_at": None if at_us is None else iso(at_us),
        "findings": list(_findings(connection, at_us, tag)),
    }


def quarantined_rows(connection: Connection, tag: str | None = None) -> Iterator[Row]:
    """Every assignment in quarantine with its customer and since when: for the bank's own eyes, never for a log."""
    columns = (_TAGS.c.customer_id, _DEFINITIONS.c.tag, _TAGS.c.assigned_us, _TAGS.c.quarantined)
    key = ("customer_id", "tag_no", "assigned_us")
    since = (
        select(func.max(_LOG.c.changed_us))
        .where(*(_LOG.c[name] == _TAGS.c[name] for name in key), _LOG.c.reason == _TAGS.c.quarantined)
        .scalar_subquery()
    )
    statement = select(*columns, since).join(*_BESIDE).where(_TAGS.c.quarantined.is_not(None))
    if tag is not None:
        statement = statement.where(_DEFINITIONS.c.tag == tag)
    for customer_id, name, assigned_us, reason, since_us in connection.execute(statement.order_by(*columns)):
        at = {"assigned_at": iso(assigned_us), "since": None if since_us is None else iso(since_us)}
        yield {"customer_id": customer_id, "tag": name, "reason": reason, **at}


def _customers() -> Any:  # noqa: ANN401 - a labelled column
    return func.count(_TAGS.c.customer_id.distinct()).label("customers")


def _findings(connection: Connection, at_us: int | None, tag: str | None) -> Iterator[Row]:
    names = [name for name in _FINDINGS.c.keys() if name != "measured_us"]  # noqa: SIM118 - columns, not their names
    statement = select(*(_FINDINGS.c[name] for name in names)).where(_FINDINGS.c.measured_us == at_us)
    if tag is not None:
        statement = statement.where(_FINDINGS.c.of == "tag", _FINDINGS.c.name == tag)
    for row in connection.execute(statement.order_by(_FINDINGS.c.of.desc(), _FINDINGS.c.name, _FINDINGS.c.code)):
        yield row._asdict()

"""Policies, models, tag versions, decisions and keys: what is written once and read as it was."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from service.stores import tables
from service.stores._facts_in import tag_numbers
from service.stores._upsert import insert_new, table, upsert
from service.stores.protocols import CustomerRow, DecisionRecord, PolicyRecord

Record = Mapping[str, Any]

_POLICIES, _ACTIVATIONS, _VERSIONS = table(tables.Policies), table(tables.Activations), table(tables.Versions)
_DECISIONS, _ROWS = table(tables.Decisions), table(tables.RowVersions)
_MODELS, _TAGS, _DEFINITIONS = table(tables.Models), table(tables.TagVersions), table(tables.TagDefinitions)
_CATEGORIES, _KEYS = table(tables.Categories), table(tables.ApiKeys)
_POLICY = (_POLICIES.c.name, _POLICIES.c.version, _POLICIES.c.content, _POLICIES.c.sha256)
_PARTS = (_ROWS.c.version, _ROWS.c.personal, _ROWS.c.gate, _ROWS.c.state, _ROWS.c.derived)
_LOGGED = select(
    _DECISIONS.c.decision_id,
    _DECISIONS.c.customer_id,
    _DECISIONS.c.decided_us,
    _DECISIONS.c.row_version,
    _DECISIONS.c.document,
    *_PARTS,
).outerjoin(_ROWS, (_ROWS.c.customer_id == _DECISIONS.c.customer_id) & (_ROWS.c.version == _DECISIONS.c.row_version))


def put_policy(connection: Connection, record: PolicyRecord, now_us: int) -> None:
    """Keep a policy version; ValueError where it exists with other content."""
    of_record = (_POLICIES.c.name == record.name) & (_POLICIES.c.version == record.version)
    sha256 = connection.scalar(select(_POLICIES.c.sha256).where(of_record))
    if sha256 is not None and sha256 != record.sha256:
        raise ValueError(f"policy {record.name}@{record.version} exists and is immutable")
    if sha256 is None:
        row = {name: getattr(record, name) for name in PolicyRecord.__slots__}
        connection.execute(insert(_POLICIES).values(**row, created_us=now_us))


def publish(connection: Connection, record: PolicyRecord, actor: str, now_us: int) -> int:
    """Keep a policy version and activate it under the next generation."""
    put_policy(connection, record, now_us)
    generation = (connection.scalar(select(func.max(_ACTIVATIONS.c.generation))) or 0) + 1
    activation = {"kind": "policy", "name": record.name, "version": record.version, "actor": actor, "at_us": now_us}
    connection.execute(insert(_ACTIVATIONS).values(generation=generation, **activation))
    connection.execute(update(_VERSIONS).values(generation=generation))
    return generation


def active_policy(connection: Connection, generation: int | None) -> tuple[int, PolicyRecord]:
    """The last policy activated, in or before a generation. LookupError: none was."""
    of_record = (_POLICIES.c.name == _ACTIVATIONS.c.name) & (_POLICIES.c.version == _ACTIVATIONS.c.version)
    statement = select(_ACTIVATIONS.c.generation, *_POLICY).join(_POLICIES, of_record)
    if generation is not None:
        statement = statement.where(_ACTIVATIONS.c.generation <= generation)
    newest = statement.where(_ACTIVATIONS.c.kind == "policy").order_by(_ACTIVATIONS.c.generation.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is None:
        raise LookupError("no policy has been published")
    return row[0], PolicyRecord(*row[1:])


def policies(connection: Connection) -> list[PolicyRecord]:
    """All policy versions, by name and version."""
    rows = connection.execute(select(*_POLICY).order_by(_POLICIES.c.name, _POLICIES.c.version))
    return [PolicyRecord(*row) for row in rows]


def promote_model(connection: Connection, path: str, sha256: str, now_us: int) -> int:
    """Register an artifact and put it in force."""
    version = (connection.scalar(select(func.max(_MODELS.c.version))) or 0) + 1
    connection.execute(insert(_MODELS).values(version=version, path=path, sha256=sha256, created_us=now_us))
    connection.execute(update(_VERSIONS).values(model=version))
    return version


def model(connection: Connection, version: int) -> tuple[str, str] | None:
    """Path and SHA-256 of a model version."""
    row = connection.execute(select(_MODELS.c.path, _MODELS.c.sha256).where(_MODELS.c.version == version)).one_or_none()
    return None if row is None else (row.path, row.sha256)


def models(connection: Connection) -> list[tuple[int, str, str, int]]:
    """(version, path, SHA-256, when it was put in force), oldest first."""
    columns = (_MODELS.c.version, _MODELS.c.path, _MODELS.c.sha256, _MODELS.c.created_us)
    return [
        (row[0], row[1], row[2], row[3]) for row in connection.execute(select(*columns).order_by(_MODELS.c.version))
    ]


def put_tag_definitions(connection: Connection, definitions: Sequence[Record], now_us: int) -> int:
    """Store definitions and make a tag version of all there are."""
    numbers = tag_numbers(connection, [definition["tag"] for definition in definitions])
    categories = {row.code: row.category_no for row in connection.execute(select(_CATEGORIES))}
    columns = set(_DEFINITIONS.c.keys()) - {"tag_no", "category_no"}
    rows = [
        {
            **{name: definition.get(name) for name in columns},
            "tag_no": numbers[definition["tag"]],
            "category_no": None if definition.get("category") is None else categories[definition["category"]],
        }
        for definition in definitions
    ]
    upsert(connection, _DEFINITIONS, rows)
    return renew_tags(connection, now_us)


def renew_tags(connection: Connection, now_us: int) -> int:
    """Make a tag version of the definitions; what was measured stays with a tag as long as it claims the same."""
    return put_tag_version(connection, _defined(connection, _measured(connection)), now_us)


def put_measured(connection: Connection, measured: Mapping[int, Record], now_us: int) -> int:
    """Make a tag version of the definitions with what was measured now, by tag number; nothing of before is kept."""
    return put_tag_version(connection, _defined(connection, {no: (None, of) for no, of in measured.items()}), now_us)


def _defined(connection: Connection, measured: Mapping[int, tuple[object, Record]]) -> list[Record]:
    items: list[Record] = []
    for row in connection.execute(select(_DEFINITIONS).order_by(_DEFINITIONS.c.tag_no)):
        item = row._asdict()
        claim, of = measured.get(item["tag_no"], (None, None))
        keeps = of is not None and claim in {None, _claim(item)}
        items.append({**item, "measured": of} if keeps else item)
    return items


def newest_tags(connection: Connection) -> list[Record]:
    """The items of the newest tag version."""
    return tag_version(connection, connection.scalar(select(func.max(_TAGS.c.version))) or 0)


def _measured(connection: Connection) -> dict[int, tuple[object, Record]]:
    """What the newest version says was measured, by tag number, each with what the tag claimed then."""
    found = newest_tags(connection)
    return {item["tag_no"]: (_claim(item), item["measured"]) for item in found if "measured" in item}


def _claim(item: Record) -> tuple[object, ...]:
    return tuple(item[name] for name in ("kind", "category_no", "zone", "polarity"))


def put_tag_version(connection: Connection, items: Sequence[Record], now_us: int) -> int:
    """Put a tag version in force; the newest one again where nothing changed."""
    content = zlib.compress(orjson.dumps([dict(item) for item in items]))
    newest = connection.execute(select(_TAGS).order_by(_TAGS.c.version.desc()).limit(1)).one_or_none()
    if newest is not None and newest.content == content:
        return int(newest.version)
    version = 1 if newest is None else newest.version + 1
    connection.execute(insert(_TAGS).values(version=version, created_us=now_us, content=content))
    connection.execute(update(_VERSIONS).values(tags=version))
    return version


def tag_version(connection: Connection, version: int) -> list[Record]:
    """A tag version as it was; 0 is before the first."""
    content = connection.scalar(select(_TAGS.c.content).where(_TAGS.c.version == version))
    if content is None and version:
        raise LookupError(f"tags t{version}: no such version")
    found: list[Record] = [] if content is None else orjson.loads(zlib.decompress(content))
    return found


def log(connection: Connection, records: Sequence[DecisionRecord]) -> None:
    """Log decisions, each once, and the rows they read, each once per version."""
    columns = [name for name in DecisionRecord.__slots__ if name != "row"]
    insert_new(connection, _DECISIONS, [{name: getattr(record, name) for name in columns} for record in records])
    rows = [{"customer_id": record.customer_id, **record.row._asdict()} for record in records if record.row is not None]
    # A row read without its profile must not hide the same row read with it.
    insert_new(connection, _ROWS, [row for row in rows if row["state"] is None])
    upsert(connection, _ROWS, [row for row in rows if row["state"] is not None])


def decision(connection: Connection, decision_id: str) -> DecisionRecord | None:
    """A logged decision with the row it read."""
    row = connection.execute(_LOGGED.where(_DECISIONS.c.decision_id == decision_id)).one_or_none()
    return None if row is None else _logged(row)


def decisions(connection: Connection, limit: int, after: str) -> Iterator[DecisionRecord]:
    """Logged decisions in the order of their ids."""
    page = _LOGGED.where(_DECISIONS.c.decision_id > after).order_by(_DECISIONS.c.decision_id).limit(limit)
    return (_logged(row) for row in connection.execute(page).all())


def _logged(row: Sequence[Any]) -> DecisionRecord:
    read = CustomerRow(*row[5:]) if row[5] is not None else None
    return DecisionRecord(row[0], row[1], row[2], row[3], document=row[4], row=read)


def put_key(connection: Connection, key_id: str, secret_sha256: str, scopes: Sequence[str], now_us: int) -> None:
    """Store a service key."""
    row = {"key_id": key_id, "secret_sha256": secret_sha256, "scopes": orjson.dumps(list(scopes)).decode()}
    upsert(connection, _KEYS, [{**row, "created_us": now_us}])


def key(connection: Connection, key_id: str) -> tuple[str, tuple[str, ...]] | None:
    """The hash of a key's secret and its scopes."""
    row = connection.execute(
        select(_KEYS.c.secret_sha256, _KEYS.c.scopes).where(_KEYS.c.key_id == key_id)
    ).one_or_none()
    return None if row is None else (row.secret_sha256, tuple(orjson.loads(row.scopes)))

"""Models, tag versions, decisions and keys: what is written once and read as it was."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from service.stores import tables
from service.stores._facts_in import tag_numbers
from service.stores._upsert import insert_new, table, upsert
from service.stores.protocols import CustomerRow, DecisionRecord, KeyRecord

Record = Mapping[str, Any]

_VERSIONS, _DECISIONS, _ROWS = table(tables.Versions), table(tables.Decisions), table(tables.RowVersions)
_MODELS, _TAGS, _DEFINITIONS = table(tables.Models), table(tables.TagVersions), table(tables.TagDefinitions)
_CATEGORIES, _KEYS = table(tables.Categories), table(tables.ApiKeys)
_PARTS = (_ROWS.c.version, _ROWS.c.personal, _ROWS.c.gate, _ROWS.c.state, _ROWS.c.derived)
_LOGGED = select(
    _DECISIONS.c.decision_id,
    _DECISIONS.c.customer_id,
    _DECISIONS.c.decided_us,
    _DECISIONS.c.row_version,
    _DECISIONS.c.document,
    *_PARTS,
).outerjoin(_ROWS, (_ROWS.c.customer_id == _DECISIONS.c.customer_id) & (_ROWS.c.version == _DECISIONS.c.row_version))


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


def put_key(connection: Connection, key_id: str, record: KeyRecord, now_us: int) -> None:
    """Store a service key."""
    row = {"key_id": key_id, **record._asdict(), "scopes": orjson.dumps(list(record.scopes)).decode()}
    upsert(connection, _KEYS, [{**row, "created_us": now_us}])


def key(connection: Connection, key_id: str) -> KeyRecord | None:
    """A key of that id."""
    columns = (_KEYS.c.secret_sha256, _KEYS.c.scopes, _KEYS.c.owner)
    row = connection.execute(select(*columns).where(_KEYS.c.key_id == key_id)).one_or_none()
    return None if row is None else KeyRecord(row.secret_sha256, tuple(orjson.loads(row.scopes)), row.owner)

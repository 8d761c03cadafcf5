"""Products and categories in the tables, and every catalogue they ever made."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, func, select, update

from service.stores import tables
from service.stores._upsert import insert_new, table, upsert

Record = Mapping[str, Any]
Categories = list[tuple[int, str, str]]
SUSPENDED, ON_SHELF = "suspended", "on_shelf"

_PRODUCTS, _CATEGORIES = table(tables.Products), table(tables.Categories)
_STORED, _VERSIONS = table(tables.CatalogueVersions), table(tables.Versions)
_GIVEN = frozenset(column.name for column in _PRODUCTS.c) - {"product_no", "category_no"}
_RECORDS = (
    select(_PRODUCTS, _CATEGORIES.c.code.label("category"))
    .join(_CATEGORIES, _CATEGORIES.c.category_no == _PRODUCTS.c.category_no)
    .order_by(_PRODUCTS.c.product_no)
)


def put_products(connection: Connection, products: Sequence[Record], now_us: int) -> int:
    """Store whole records; ValueError for a category that differs from the one listed, KeyError for a strange field."""
    stored: dict[str, Record] = {row.product_id: row._asdict() for row in connection.execute(_RECORDS)}
    category_nos = add_categories(connection, products)
    numbers = {product_id: row["product_no"] for product_id, row in stored.items()}
    rows: dict[str, Record] = {}
    for record in products:
        product_id = record["product_id"]
        number = numbers.setdefault(product_id, len(numbers))
        known = rows.get(product_id) or stored.get(product_id)
        listed_us = record.get("listed_us") or (known["listed_us"] if known else now_us)
        row = {**_flat(record), "product_no": number, "category_no": category_nos[record["category"]]}
        if known is not None and known["category_no"] != row["category_no"]:
            raise ValueError(f"{product_id}: a product stays in the category it was listed with")
        rows[product_id] = {**row, "listed_us": listed_us}
    upsert(connection, _PRODUCTS, list(rows.values()))
    return renew_catalogue(connection, now_us)


def _flat(record: Record) -> dict[str, Any]:
    strange = record.keys() - _GIVEN - {"category", "category_no", "product_no"}
    if strange:
        raise KeyError(f"{min(strange)}: no such field of a product")
    return {name: _text(record.get(name)) for name in sorted(_GIVEN)}


def _text(value: object) -> object:
    return (
        orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if isinstance(value, list | tuple | dict) else value
    )


def add_categories(connection: Connection, products: Sequence[Record]) -> dict[str, int]:
    """Numbers of all categories, those that only these products name included; code -> number."""
    numbers = {
        code: number for number, code in connection.execute(select(_CATEGORIES.c.category_no, _CATEGORIES.c.code))
    }
    rows = []
    for record in products:
        code = record["category"]
        if code not in numbers:
            numbers[code] = len(numbers)
            rows.append({"category_no": numbers[code], "code": code, "zone": record.get("zone") or code.split(".")[0]})
    insert_new(connection, _CATEGORIES, rows)
    return numbers


def suspend(connection: Connection, product_id: str, *, suspended: bool, now_us: int) -> bool:
    """Turn `on_shelf` into `suspended` or back; a product that is off the shelf anyway stays as it is."""
    status = connection.execute(select(_PRODUCTS.c.status).where(_PRODUCTS.c.product_id == product_id)).one_or_none()
    if status is None:
        return False
    old, new = (ON_SHELF, SUSPENDED) if suspended else (SUSPENDED, ON_SHELF)
    if (status[0] or ON_SHELF) == old:
        connection.execute(update(_PRODUCTS).where(_PRODUCTS.c.product_id == product_id).values(status=new))
        _restate(connection, product_id, new, now_us)
    return True


def _restate(connection: Connection, product_id: str, status: str, now_us: int) -> None:
    """Make a version of the newest one with another status of one product; the tables are not read for it.

    Reading them keeps all other writers waiting, many times as long beside a busy event loop: every row that is
    stepped to gives the interpreter away and has to get it back.
    """
    newest = _newest(connection)
    if newest is None:
        renew_catalogue(connection, now_us)
        return
    stated = orjson.loads(zlib.decompress(newest["content"]))
    for record in stated["products"]:
        if record["product_id"] == product_id:
            record["status"] = status
    _put_version(connection, newest["version"] + 1, stated["products"], orjson.dumps(stated), now_us)


def renew_catalogue(connection: Connection, now_us: int) -> int:
    """Make a version of what the tables hold, where it differs from the newest, and put it in force."""
    records = [row._asdict() for row in connection.execute(_RECORDS)]
    categories = connection.execute(select(_CATEGORIES).order_by(_CATEGORIES.c.category_no)).all()
    content = orjson.dumps({"products": records, "categories": [list(row) for row in categories]})
    newest = _newest(connection)
    if newest is not None and zlib.decompress(newest["content"]) == content:
        return int(newest["version"])
    version = 1 if newest is None else newest["version"] + 1
    _put_version(connection, version, records, content, now_us)
    return version


def _put_version(connection: Connection, version: int, records: Sequence[Record], content: bytes, now_us: int) -> None:
    """Store a version and put it in force."""
    insert_new(connection, _STORED, [{"version": version, "created_us": now_us, "content": zlib.compress(content)}])
    suspended = [record["product_no"] for record in records if record["status"] == SUSPENDED]
    connection.execute(update(_VERSIONS).values(catalogue=version, suspended=orjson.dumps(suspended).decode()))


def _newest(connection: Connection) -> RowMapping | None:
    newest = select(func.max(_STORED.c.version)).scalar_subquery()
    return connection.execute(select(_STORED).where(_STORED.c.version == newest)).mappings().one_or_none()


def read_catalogue(connection: Connection, version: int | None) -> tuple[int, list[Record], Categories]:
    """A catalogue as it was. LookupError: there is no such version."""
    statement = select(_STORED).where(_STORED.c.version == version)
    row = _newest(connection) if version is None else connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise LookupError(f"catalogue c{version}: no such version")
    content = orjson.loads(zlib.decompress(row["content"]))
    return row["version"], content["products"], [(number, code, zone) for number, code, zone in content["categories"]]

"""Rows of the exchange format over HTTP: their JSON schemas, and what is answered to a faulty one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from service.api.answers import read_as
from service.api.schemas import NULLABLE_TEXT, TEXT, TIME, Schema, listing, record
from service.errors import ApiError, Conflict, Invalid
from service.exchange.schema import Column, File
from service.runtime import Runtime

if TYPE_CHECKING:
    from service.bank_rows import Fault, RowReader

ROWS_MAX = 500
Rows = Annotated[list[dict[str, Any]], msgspec.Meta(max_length=ROWS_MAX)]
_MONEY_MAX = 2**50 // 100
_TYPES = {"text": "string", "tag": "string", "int": "integer", "money": "number", "number": "number", "bool": "boolean"}


def row_reader(runtime: Runtime) -> RowReader:
    """Reads rows as of now, by the catalogue in force."""
    from service.bank_rows import RowReader  # noqa: PLC0415 - Arrow is loaded for those who send rows only

    world = runtime.worlds.last()
    inferred = [world.tags.codes[number] for number in world.tags.inferred]
    return RowReader(runtime.clock.now_us(), world.catalogue.product_ids, inferred)


def one_row(runtime: Runtime, file: File, content: object, given: Mapping[str, str]) -> dict[str, Any]:
    """A body that is a row; raises Invalid, or Conflict where the row may be right another time."""
    row = row_reader(runtime).read(file, read_as(content, dict[str, Any]), given)
    if isinstance(row, dict):
        return row
    raise refusal([(row.field or "body", row)])


def all_rows(
    runtime: Runtime, file: File, rows: Sequence[Mapping[str, Any]], given: Mapping[str, str], name: str
) -> list[dict[str, Any]]:
    """Rows that stand or fall together; raises as `one_row`, naming every row at fault."""
    read = row_reader(runtime).read_all(file, rows, given)
    faults = [
        (f"{name}[{index}].{row.field}".rstrip("."), row) for index, row in enumerate(read) if not isinstance(row, dict)
    ]
    if faults:
        raise refusal(faults)
    return [row for row in read if isinstance(row, dict)]


def each_row(
    runtime: Runtime, file: File, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows judged one by one: those to store, and a result for every one of them."""
    stored, results = [], []
    for index, row in enumerate(row_reader(runtime).read_all(file, rows)):
        if isinstance(row, dict):
            stored.append(row)
            results.append({"index": index, "status": "stored", "code": None, "retryable": False})
        else:
            results.append(rejected(index, row))
    return stored, results


def rejected(index: int, fault: Fault) -> dict[str, Any]:
    """The result of a row that is not stored."""
    detail = f"{fault.field}: {fault.detail}" if fault.field else fault.detail
    told = {"status": "rejected", "code": fault.code, "retryable": fault.momentary, "detail": detail}
    return {"index": index, **told}


def refusal(faults: Sequence[tuple[str, Fault]]) -> ApiError:
    """One error for faulty rows: 409 where all of them may be right another time, else 422."""
    errors = [{"loc": where, "code": fault.code, "detail": fault.detail} for where, fault in faults]
    kind = Conflict if all(fault.momentary for _, fault in faults) else Invalid
    return kind(errors[0]["code"], f"{errors[0]['loc']}: {errors[0]['detail']}", errors)


def row_schema(file: File, given: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON schema of a row; `given` columns are in the address and may be left out."""
    document: dict[str, Any] = {
        "type": "object",
        "required": [column.name for column in file.columns if column.required and column.name not in given],
        "properties": {column.name: _column_schema(column) for column in file.columns if column.name not in given},
        "additionalProperties": False,
    }
    if file.attributes:
        document["patternProperties"] = {"^attr_": {"type": ["string", "number", "boolean", "null"], "minLength": 1}}
    return document


def rows_schema(name: str, more: Mapping[str, Schema] | None = None, rows: Schema | None = None) -> dict[str, Any]:
    """The JSON schema of a body of many rows."""
    items = rows or {"type": "object", "description": "one row, columns of the exchange format; judged by itself"}
    listed = {**listing(items), "maxItems": ROWS_MAX}
    return {**record({name: listed, **(more or {})}), "additionalProperties": False}


RESULTS: Schema = record(
    {
        "results": listing(
            record(
                {
                    "index": {"type": "integer"},
                    "status": {"enum": ["stored", "rejected"]},
                    "code": NULLABLE_TEXT,
                    "retryable": {"type": "boolean"},
                },
                {"detail": TEXT},
            )
        )
    }
)


def _column_schema(column: Column) -> dict[str, Any]:
    none = () if column.required else (None,)
    if column.type in {"enum", "grade"}:
        return {"enum": [*column.values, *none]}
    if column.type in {"list", "windows"}:
        items: dict[str, Any] = {"enum": list(column.values)} if column.values else {"type": "string"}
        return {"type": ["array", "null"], "items": items}
    if column.type == "time":
        return {**TIME, "type": "string" if column.required else ["string", "null"]}
    kind = _TYPES[column.type]
    document: dict[str, Any] = {"type": kind if column.required else [kind, "null"]}
    if column.type in {"text", "tag"}:
        longest = {} if column.high is None else {"maxLength": int(column.high)}
        return {**document, "pattern": r"^[^\u0000]+$", **longest}
    low = -_MONEY_MAX if column.type == "money" and column.low is None else column.low
    high = _MONEY_MAX if column.type == "money" else column.high
    limits = (("minimum", low), ("maximum", high))
    return document | {name: limit for name, limit in limits if limit is not None}

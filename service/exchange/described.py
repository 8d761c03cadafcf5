"""The exchange format told to a reader, out of the data by which files are judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.exchange import says, schema
from service.exchange.schema import Column, File


def described() -> dict[str, Any]:
    """Files with their columns, types, codes and the manifest, as JSON can carry them."""
    return {
        "format": schema.FORMAT,
        "files": [_file(file) for file in schema.FILES],
        "types": dict(says.TYPES),
        "manifest": dict(says.MANIFEST),
        "codes": dict(schema.CODES),
    }


def limits(column: Column) -> str:
    """What a column allows, in words: its closed list, bounds, whether it may lie ahead."""
    if column.values:
        return ", ".join(column.values)
    if column.type == "time":
        return "" if column.ahead else "not ahead of the clock"
    return " ".join(_bounds(column))


def _bounds(column: Column) -> Iterator[str]:
    unit = " characters" if column.type in {"text", "tag"} else ""
    if column.low is not None:
        yield f"from {column.low:.12g}"
    if column.high is not None:
        yield f"to {column.high:.12g}{unit}" if column.low is not None else f"at most {column.high:.12g}{unit}"


def _file(file: File) -> dict[str, Any]:
    columns = [_column(file, column) for column in file.columns]
    told = {"name": file.name, "says": says.FILES[file.name], "imported": file.imported, "key": list(file.key)}
    return {**told, "attributes": file.attributes, "columns": columns}


def _column(file: File, column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "required": column.required,
        "values": list(column.values),
        "low": column.low,
        "high": column.high,
        "ahead": column.ahead if column.type == "time" else None,
        "limits": limits(column),
        "says": says.COLUMNS.get(file.name, {}).get(column.name, ""),
    }

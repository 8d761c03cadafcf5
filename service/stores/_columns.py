"""What the columns of the tables are made of."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, event
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import declared_attr
from sqlmodel import AutoString, Field, SQLModel

SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
# Both engines order texts by their bytes and keep the integers that the exchange format allows.
_TEXT = String().with_variant(String(collation="C"), "postgresql")
_INTEGER = Integer().with_variant(BigInteger(), "postgresql")


@event.listens_for(Column, "after_parent_attach")
def _alike_on_both_engines(column: Column[Any], table: SqlTable) -> None:
    if table.metadata is SQLModel.metadata and isinstance(column.type, AutoString):
        column.type = _TEXT
    elif table.metadata is SQLModel.metadata and type(column.type) is Integer:
        column.type = _INTEGER


def key() -> str:
    """A text that is part of the primary key."""
    field: str = Field(primary_key=True)
    return field


def number_key(foreign_key: str | None = None) -> int:
    """A number that is part of the primary key, given by us."""
    field: int = Field(primary_key=True, foreign_key=foreign_key, sa_column_kwargs={"autoincrement": False})
    return field


def time_key() -> int:
    """A time that is part of the primary key, microseconds."""
    field: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    return field


def big() -> int:
    """A number of 64 bits on both engines."""
    field: int = Field(sa_type=BigInteger)
    return field


def big_or_none() -> int | None:
    """The same, or unknown."""
    field: int | None = Field(None, sa_type=BigInteger)
    return field


def octets() -> bytes:
    """Bytes."""
    field: bytes = Field(sa_type=LargeBinary)
    return field


def octets_or_none() -> bytes | None:
    """Bytes, or none."""
    field: bytes | None = Field(None, sa_type=LargeBinary)
    return field


class Table(SQLModel):
    """A table is called as its class, in snake case."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - a class attribute
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

"""How alembic compares a database with the tables of this release."""

from __future__ import annotations

from typing import Any

from sqlmodel import SQLModel

from service.stores import tables

COMPARISON: dict[str, Any] = {
    "target_metadata": SQLModel.metadata,
    "render_as_batch": True,  # SQLite changes a table by making it anew
    "compare_type": True,
}
assert tables.Versions.__tablename__ in SQLModel.metadata.tables  # noqa: S101 - importing the tables fills the metadata

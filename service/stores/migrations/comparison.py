"""How alembic compares a database with the tables of this release."""

from __future__ import annotations

from typing import Any

from sqlmodel import SQLModel

from service.stores import _jobs, tables

COMPARISON: dict[str, Any] = {
    "target_metadata": SQLModel.metadata,
    "render_as_batch": True,  # SQLite changes a table by making it anew
    "compare_type": True,
}
# Importing the tables fills the metadata.
assert {tables.Versions.__tablename__, _jobs.JobStates.__tablename__} <= set(SQLModel.metadata.tables)  # noqa: S101

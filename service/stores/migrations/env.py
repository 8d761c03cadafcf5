"""What alembic runs: the migrations over the connection that was handed in, or as SQL for a database that is not."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from service.stores import tables
from service.stores._schema import guard_statements

assert tables  # noqa: S101 - the metadata is empty before they are imported

connection = context.config.attributes.get("connection")
common = {"target_metadata": SQLModel.metadata, "render_as_batch": True}

if connection is None:
    context.configure(
        url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True, transaction_per_migration=True, **common
    )
else:
    context.configure(connection=connection, **common)

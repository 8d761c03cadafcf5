"""What alembic runs: the revisions over a connection that is handed in, or without one as SQL."""

from __future__ import annotations

from alembic import context

from service.stores.migrations.comparison import COMPARISON

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True, **COMPARISON)
else:
    context.configure(connection=connection, **COMPARISON)

with context.begin_transaction():
    context.run_migrations()

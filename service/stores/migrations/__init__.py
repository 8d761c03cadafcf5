"""The revisions of the tables, one file each, and what alembic needs to run them."""

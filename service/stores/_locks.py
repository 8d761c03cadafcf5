"""Who writes beside whom: on PostgreSQL locks, on SQLite nothing, because its one writer holds the database."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

from recommender.profile.state import SCHEMA

NOT_YET = 0
"""Version of a row that is there to be locked only; its own transaction writes it, nobody else ever sees it."""

BANK = 0x48554F4A4941
"""The number of the lock of the bank; those after it are of `service.stores._jobs`."""
_LOCK_BANK = text(f"SELECT pg_advisory_xact_lock({BANK})")
_PLACES = text(
    "INSERT INTO customer_rows (customer_id, version, personal, schema_no, gate) "
    "SELECT id, :version, false, :schema_no, '' FROM unnest(CAST(:ids AS text[])) AS id ON CONFLICT DO NOTHING"
)
_LOCK = text("SELECT 1 FROM customer_rows WHERE customer_id = ANY(:ids) ORDER BY customer_id FOR UPDATE")


def lock_bank(connection: Connection) -> None:
    """Until the transaction ends nobody else numbers products or tags, makes a version or imports."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_BANK)


def lock_customers(connection: Connection, customer_ids: Collection[str]) -> None:
    """Until the transaction ends nobody else writes what customers' rows are computed from.

    A customer without a row gets one at version `NOT_YET`, which `refresh` replaces. Locks are taken in the order of
    the ids, so that two transactions never wait for each other.
    """
    if connection.dialect.name == "postgresql" and customer_ids:
        ids = sorted(set(customer_ids))
        connection.execute(_PLACES, {"ids": ids, "version": NOT_YET, "schema_no": SCHEMA})
        connection.execute(_LOCK, {"ids": ids})

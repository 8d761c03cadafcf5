"""What a store raises when its database does not do what it was asked."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

STORE_ERRORS = (OSError, sqlite3.Error, SQLAlchemyError)
"""Caught at the edge and answered with 503: the caller may come again, nothing was half-written."""

"""A lock that was lost is not held, whatever it was lost by."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.stores._file_lock import FileLock
from service.stores._limits import Limits
from service.stores._session_lock import SessionLock
from service.stores.protocols import StoreError
from tests.services import PostgresServer


def test_a_file_that_was_taken_away_is_lost_to_whoever_locks_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = FileLock(path, "first"), FileLock(path, "second")
    assert first.take()
    path.unlink()
    assert second.take()
    assert not first.take()
    assert first.holder() == "second"
    second.close()
    assert first.take()
    first.close()


def test_a_session_that_the_server_ended_has_lost_its_lock(postgres: PostgresServer, postgres_url: str) -> None:
    first, second = (SessionLock(postgres_url, Limits(), 1, who) for who in ("first", "second"))
    assert first.take()
    assert second.holder() == "first"
    postgres.drop_connections(postgres_url, "huojia first")
    with pytest.raises(StoreError):
        first.take()
    assert second.take()
    assert not first.take()
    second.close()
    assert first.take()
    first.close()

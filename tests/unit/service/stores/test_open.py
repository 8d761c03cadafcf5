from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from service.errors import Refused, SettingsError
from service.stores.open import open_store
from service.stores.sqlite import Sqlite
from tests.contract.bank import make_bank


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "postgresql://u:secret@host/db", "nonsense"])
def test_a_url_that_is_not_served_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError, match="HUOJIA_DATABASE_URL") as refusal:
        open_store(url, make_bank())
    assert "secret" not in str(refusal.value)


def test_the_scheme_chooses_the_store(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/deep/bank.db", make_bank())
    assert isinstance(store, Sqlite)
    assert (tmp_path / "deep" / "bank.db").exists()
    store.close()


def test_a_database_of_another_schema_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bank.db"
    store = open_store(url, make_bank())
    with store.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '999' WHERE key = 'schema'"))
    store.close()
    with pytest.raises(Refused, match="999"):
        open_store(url, make_bank())

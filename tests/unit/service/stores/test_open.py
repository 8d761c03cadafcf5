from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import SettingsError
from service.stores.open import open_store
from service.stores.protocols import StoreError
from service.stores.sqlite import Sqlite
from tests.contract.bank import make_bank


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://u:secret@host/db", "nonsense"])
def test_a_url_that_is_not_served_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError, match="HUOJIA_DATABASE_URL") as refusal:
        open_store(url, make_bank())
    assert "secret" not in str(refusal.value)


def test_the_scheme_chooses_the_store(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/deep/bank.db", make_bank())
    assert isinstance(store, Sqlite)
    assert (tmp_path / "deep" / "bank.db").exists()
    store.close()


def test_a_server_that_cannot_be_found_is_a_store_error_without_its_password() -> None:
    with pytest.raises(StoreError, match="PostgreSQL") as failure:
        open_store("postgresql://u:secret@127.0.0.1:1/db", make_bank())
    assert "secret" not in str(failure.value)

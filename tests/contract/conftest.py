from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.stores._bank import Bank
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.contract.bank import PRODUCTS, make_bank

IMPLEMENTATIONS: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder}/bank.db"}
"""Name of an implementation -> the URL of an empty store in a folder; every test here runs on all of them."""


@pytest.fixture
def bank() -> Bank:
    return make_bank()


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def make_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Every call gives the URL of another empty store."""
    return lambda: IMPLEMENTATIONS[request.param](tmp_path_factory.mktemp("store"))


@pytest.fixture
def url(make_url: Callable[[], str]) -> str:
    return make_url()


@pytest.fixture
def store(url: str, bank: Bank) -> Iterator[Store]:
    opened = open_store(url, bank)
    opened.put_products(PRODUCTS, bank.now_us())
    yield opened
    opened.close()

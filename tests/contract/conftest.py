from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from service.experiments.layering import Put
from service.experiments.life import ExperimentLife
from service.experiments.spec import LayerHoldout
from service.policies.life import PolicyLife
from service.policies.schedules import PolicySchedules
from service.policies.shadowing import start_shadow
from service.stores._bank import Bank
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.contract.bank import PRODUCTS, make_bank
from tests.contract.governed import HOUR_US, NAME, act, approved, experiment, published, record, with_layer
from tests.factories import NOW_US
from tests.services import PostgresServer

MakeUrl = Callable[[], str]


def _sqlite(request: pytest.FixtureRequest) -> Iterator[MakeUrl]:
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    yield lambda: f"sqlite:///{folders.mktemp('store')}/bank.db"


def _postgresql(request: pytest.FixtureRequest) -> Iterator[MakeUrl]:
    server: PostgresServer = request.getfixturevalue("postgres")
    made: list[str] = []

    def make() -> str:
        made.append(server.new_database(_template(server)))
        return made[-1]

    yield make
    for url in made:
        server.drop_database(url)


@cache
def _template(server: PostgresServer) -> str:
    """A database as opening it the first time leaves it, to be copied."""
    url = server.new_database()
    open_store(url, make_bank()).close()
    return url.rpartition("/")[2]


IMPLEMENTATIONS = {"sqlite": _sqlite, "postgresql": _postgresql}
"""Name of an implementation -> what gives URLs of empty stores to a test; every test here runs on all of them."""


@pytest.fixture
def bank() -> Bank:
    return make_bank()


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def make_url(request: pytest.FixtureRequest) -> Iterator[MakeUrl]:
    """Every call gives the URL of another empty store."""
    yield from IMPLEMENTATIONS[request.param](request)


@pytest.fixture
def url(make_url: MakeUrl) -> str:
    return make_url()


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path')}/empty.db"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url: str, bank: Bank) -> Iterator[Store]:
    opened = open_store(url, bank)
    opened.put_products(PRODUCTS, bank.now_us())
    yield opened
    opened.close()


@pytest.fixture
def life(store: Store) -> PolicyLife:
    """Over a store in which `default@1` is in force."""
    found = PolicyLife(store)
    found.enact("bootstrap", record(1), NOW_US)
    return found


@pytest.fixture
def schedules(store: Store, life: PolicyLife) -> PolicySchedules:
    return PolicySchedules(store, life)


@pytest.fixture
def lived(store: Store, life: PolicyLife, schedules: PolicySchedules) -> Store:
    """A store with a row in every governed table, `default@2` published and `default@3` approved."""
    published(life)
    version = approved(life, 3)
    schedules.plan(act("cy"), (NAME, version), (NOW_US + HOUR_US, None))
    start_shadow(store, act("cy"), NAME, version, 0.1)
    schedules.kill(act("cy"))
    layering = with_layer(store)
    ExperimentLife(store).draft(act("di"), experiment())
    layering.hold_out(act("di"), LayerHoldout("kept", "wallet", 0.05))
    layering.override(act("di", "to look"), "softer", Put("bob", "wide", NOW_US + HOUR_US))
    return store

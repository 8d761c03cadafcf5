"""Hypothesis profiles: the same examples in every run, unless somebody goes exploring on purpose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.once import Doors, once, shared_folder
from tests.sample_bank import SampleBank, Service, build_sample_bank, built, serving
from tests.services import PostgresServer

SMALL = (260, 120)
"""Customers and products of the small bank."""

# No deadline: a shared machine may be slow at any moment, and budgets of time have their own tests.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60, print_blob=True)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with slow tests first, so that no worker begins one when the other has nothing left to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Doors:
    """What keeps the other workers out of a measurement."""
    return Doors(shared_folder(tmp_path_factory))


@pytest.fixture(autouse=True)
def _alone_where_time_is_measured(request: pytest.FixtureRequest, doors: Doors) -> Iterator[None]:
    with doors.passed(alone=request.node.get_closest_marker("bench") is not None):
        yield


@pytest.fixture(scope="session")
def sample_bank(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The simulated bank of this run, a worker's copy of it; not to be written to."""
    made = built(once(tmp_path_factory, "sample-bank", build_sample_bank))
    return made.copy(tmp_path_factory.mktemp("sample") / "bank")


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The same with a tenth of the customers, for what is written to or trained again; not to be written to itself."""
    made = built(once(tmp_path_factory, "small-bank", lambda folder: build_sample_bank(folder, *SMALL)))
    return made.copy(tmp_path_factory.mktemp("small") / "bank")


@pytest.fixture
def bank(small_bank: SampleBank, tmp_path: Path) -> SampleBank:
    """A copy of the small bank, the test's own."""
    return small_bank.copy(tmp_path / "bank")


@pytest.fixture
def service(bank: SampleBank) -> Iterator[Service]:
    """A service over a bank of the test's own."""
    with serving(bank.settings()) as running:
        yield running


@pytest.fixture(scope="session")
def shared_service(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for tests that only read."""
    with serving(sample_bank.copy(tmp_path_factory.mktemp("shared") / "bank").settings()) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database of that server, the test's own."""
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)

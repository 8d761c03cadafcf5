"""Hypothesis profiles: the same examples in every run, unless somebody goes exploring on purpose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.sample_bank import SampleBank, Service, build_sample_bank, serving
from tests.services import PostgresServer

# No deadline: a shared machine may be slow at any moment, and budgets of time have their own tests.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60, print_blob=True)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def sample_bank(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The simulated bank of this run; not to be written to."""
    return build_sample_bank(tmp_path_factory.mktemp("sample-bank"))


@pytest.fixture
def bank(sample_bank: SampleBank, tmp_path: Path) -> SampleBank:
    """A copy of the simulated bank, the test's own."""
    return sample_bank.copy(tmp_path / "bank")


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

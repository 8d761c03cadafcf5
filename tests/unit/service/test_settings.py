"""Settings name the variable at fault and refuse to run production with development keys."""

from __future__ import annotations

import datetime as dt

import pytest

from service.errors import SettingsError
from service.settings import load_settings, unsafe
from service.stores._limits import Limits

KEYS = {f"HUOJIA_{name}": name * 10 for name in ("JWT_KEY", "SECRET_KEY", "UNIT_KEY")}
KEYS["HUOJIA_JWT_ISSUER"] = "https://login.bank.example"
KEYS["HUOJIA_DATABASE_URL"] = "postgresql://huojia@db.bank.example/huojia"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "test"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("TIMEZONE", "Mars/Base"),
        ("NOW", "noon"),
        ("SECRET_KEY", "short"),
        ("LOG_LEVEL", "loud"),
        ("JWT_ALGORITHM", "none"),
        ("MAX_BODY_BYTES", "1"),
        ("RETENTION_DAYS", "-1"),
        ("METRICS_PORT", "banana"),
        ("DATABASE_LOCK_MS", "1000"),
        ("DATABASE_CONNECTIONS", "0"),
        ("JOBS_AT", "noon"),
        ("JOBS_AT", "24:00"),
        ("JOBS_TRAIN_ON", "someday"),
        ("JOBS_TRIES", "0"),
        ("JOBS_PAUSE_S", "a minute"),
        ("JOBS_LIMIT_S", "0"),
    ],
)
def test_a_bad_value_is_refused_naming_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"HUOJIA_{name}"):
        load_settings({f"HUOJIA_{name}": value})


def test_production_refuses_development_keys() -> None:
    with pytest.raises(SettingsError, match=r"HUOJIA_JWT_KEY.*HUOJIA_SECRET_KEY.*HUOJIA_UNIT_KEY"):
        load_settings({"HUOJIA_MODE": "production"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"JWT_KEY": "short"}, "HUOJIA_JWT_KEY"),
        ({"JWT_ALGORITHM": "RS256"}, "PEM"),
        ({"UNIT_KEY": "SECRET_KEY" * 10}, "differ"),
        ({"JWT_ISSUER": "huojia-development"}, "HUOJIA_JWT_ISSUER"),
    ],
)
def test_production_refuses_weak_keys(change: dict[str, str], named: str) -> None:
    weak = {f"HUOJIA_{name}": value for name, value in change.items()}
    with pytest.raises(SettingsError, match=named):
        load_settings({"HUOJIA_MODE": "production", **KEYS, **weak})


def test_production_refuses_a_moved_clock() -> None:
    with pytest.raises(SettingsError, match="HUOJIA_NOW"):
        load_settings({"HUOJIA_MODE": "production", "HUOJIA_NOW": "2026-01-01", **KEYS})


def test_production_runs_with_keys_of_its_own() -> None:
    settings = load_settings({"HUOJIA_MODE": "production", **KEYS})
    assert settings.production
    assert unsafe(settings) == []


@pytest.mark.parametrize("url", ["", "sqlite:///x.db"])
def test_production_refuses_sqlite(url: str) -> None:
    with pytest.raises(SettingsError, match="HUOJIA_DATABASE_URL is SQLite"):
        load_settings({"HUOJIA_MODE": "production", **KEYS, "HUOJIA_DATABASE_URL": url})


def test_every_bound_of_a_server_has_a_setting_and_a_default() -> None:
    given = {"HUOJIA_DATABASE_LOCK_MS": "70", "HUOJIA_DATABASE_READERS": "9", "HUOJIA_READ_DEADLINE_MS": "33"}
    limits = load_settings(given).limits
    assert (limits.lock_ms, limits.readers, limits.read_ms) == (70, 9, 33)
    assert load_settings({}).limits == Limits()


def test_the_database_is_sqlite_in_the_data_folder_by_default() -> None:
    assert load_settings({"HUOJIA_DATA_DIR": "/srv/bank"}).url == "sqlite:////srv/bank/huojia.db"
    assert load_settings({"HUOJIA_DATABASE_URL": "sqlite:///x.db"}).url == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({}, dt.time(3)),
        ({"HUOJIA_NOW": "2026-11-01"}, None),
        ({"HUOJIA_NOW": "2026-11-01", "HUOJIA_JOBS_AT": "23:45"}, dt.time(23, 45)),
        ({"HUOJIA_JOBS_AT": ""}, None),
    ],
)
def test_daily_jobs_run_at_three_unless_the_clock_is_set_or_another_time_is(
    given: dict[str, str], at: dt.time | None
) -> None:
    assert load_settings(given).jobs_time == at

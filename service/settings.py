"""Every setting of the service: its environment variable, purpose, unit and default."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.errors import SettingsError
from service.stores._limits import Limits

DEVELOPMENT_KEY = "development-only-key-never-use-it-in-production"
DEVELOPMENT_ISSUER = "huojia-development"
PREFIX = "HUOJIA_"
DATABASE = "database_"
JOBS_AUTO, _JOBS_AT = "auto", dt.time(3)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Above 900 an import that waits for an event could be the one that PostgreSQL gives up as a deadlock.
LIMITS = {
    "readers": (1, 100),
    "connections": (2, 100),
    "pool_wait_ms": (1, 10_000),
    "connect_s": (2, 60),
    "job_ms": (1_000, 86_400_000),
    "lock_ms": (1, 900),
    "idle_ms": (1_000, 3_600_000),
    "keepalive_s": (1, 3_600),
    "unheard_ms": (100, 600_000),
}
"""Lowest and highest value of every `database_*` setting of a PostgreSQL store."""


def setting(default: str, purpose: str) -> Any:  # noqa: ANN401 - dataclasses.field is typed the same way
    """A field with its default as text and the sentence `huojia check-config` prints."""
    return field(default=default, metadata={"purpose": purpose})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as text, as they came from the environment; typed views are properties."""

    mode: str = setting("development", "development or production; production refuses development keys")
    data_dir: str = setting("var", "folder of the database, models, snapshots and spool")
    database_url: str = setting("", "sqlite:///file or postgresql://user@host/name; empty: SQLite in the data folder")
    database_readers: str = setting("4", "PostgreSQL: connections of a process for the shelf's own read")
    database_connections: str = setting("4", "PostgreSQL: connections of a process for writing, and as many for jobs")
    database_pool_wait_ms: str = setting("250", "PostgreSQL: longest wait for one of these connections, milliseconds")
    database_connect_s: str = setting("2", "PostgreSQL: longest wait for a new connection, seconds")
    database_job_ms: str = setting("600000", "PostgreSQL: longest statement of a job or an import, milliseconds")
    database_lock_ms: str = setting("900", "PostgreSQL: longest wait for another writer's lock, milliseconds")
    database_idle_ms: str = setting("60000", "PostgreSQL: longest pause inside a transaction, milliseconds")
    database_keepalive_s: str = setting("10", "PostgreSQL: silence after which a connection is probed, seconds")
    database_unheard_ms: str = setting("5000", "PostgreSQL: data unacknowledged for so long end it, milliseconds")
    host: str = setting("127.0.0.1", "address the service listens on")
    port: str = setting("8000", "TCP port")
    timezone: str = setting("Asia/Shanghai", "the bank's calendar: a day ends at its midnight")
    regime: str = setting("cn", "compliance profile, a file of shelf_rules/regimes")
    now: str = setting("", "ISO 8601 time the service's clock starts from; development mode only")
    jwt_key: str = setting(DEVELOPMENT_KEY, "secret (HS256) or PEM public key (RS256, ES256) of customers' tokens")
    jwt_algorithm: str = setting("HS256", "HS256, RS256 or ES256")
    jwt_issuer: str = setting(DEVELOPMENT_ISSUER, "the only accepted issuer of customers' tokens")
    jwt_audience: str = setting("huojia", "the audience customers' tokens must name")
    secret_key: str = setting(DEVELOPMENT_KEY, "signs tracking tokens and makes pseudonyms; at least 32 characters")
    unit_key: str = setting(DEVELOPMENT_KEY, "assigns customers to hold-outs and exploration; never rotated")
    action_hosts: str = setting("*.bank.example", "hosts a card's action may lead to, comma-separated")
    max_body_bytes: str = setting("1048576", "largest request body, bytes")
    retention_days: str = setting("1095", "events older than this are refused as too_late, days")
    read_deadline_ms: str = setting("150", "a shelf waits this long for its row, milliseconds; then it does without")
    write_deadline_ms: str = setting("3000", "any other call waits this long for the store, milliseconds; then 503")
    row_cache_rows: str = setting("50000", "copies of customers' rows kept for an outage of the store; 0: none")
    row_cache_mb: str = setting("64", "memory of these copies, MiB")
    stale_limit_s: str = setting("900", "a copy answers for the store up to this age, seconds; at most 900")
    jobs_at: str = setting(
        JOBS_AUTO, "daily jobs, HH:MM by the bank's clocks; empty: never; auto: 03:00, never where HUOJIA_NOW is set"
    )
    jobs_train_on: str = setting("sunday", "day of the weekly training, or daily; empty: never")
    jobs_tries: str = setting("3", "a job that fails is run so often in a day")
    jobs_pause_s: str = setting(
        "60", "pause before the second try, seconds; before each further one four times as long"
    )
    jobs_limit_s: str = setting("14400", "a job that runs longer is ended, seconds")
    experiment_look_s: str = setting("900", "running experiments are looked at so often, seconds; 0: by hand only")
    log_level: str = setting("info", "debug, info, warning or error")
    metrics_port: str = setting("", "separate port of /metrics in production; empty: not served there")

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data_dir)

    @property
    def url(self) -> str:
        """The store's URL."""
        return self.database_url or f"sqlite:///{self.folder / 'huojia.db'}"

    @property
    def limits(self) -> Limits:
        """The bounds of a store; a wait for another writer ends before the caller's, who is told the reason then."""
        given = {name: int(getattr(self, DATABASE + name)) for name in LIMITS}
        write_ms = int(self.write_deadline_ms)
        return Limits(read_ms=int(self.read_deadline_ms), write_ms=write_ms, busy_ms=write_ms * 2 // 3, **given)

    @property
    def production(self) -> bool:
        """Whether development conveniences are refused."""
        return self.mode == "production"

    @property
    def jobs_time(self) -> dt.time | None:
        """When the daily jobs are run, by the bank's clocks; None: by hand only."""
        if self.jobs_at == JOBS_AUTO:
            return None if self.now else _JOBS_AT
        return dt.datetime.strptime(self.jobs_at, "%H:%M").time() if self.jobs_at else None  # noqa: DTZ007 - no date

    @property
    def start(self) -> dt.datetime | None:
        """The clock's starting time, UTC, where one is set."""
        return _instant(self.now) if self.now else None


def environment_of(settings: Settings, now: str) -> dict[str, str]:
    """The environment of a process of ours with the same settings; a clock that may be moved stands at `now`."""
    given = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    given |= {} if settings.production else {"now": now}
    return {**os.environ, **{PREFIX + name.upper(): value for name, value in given.items()}}


def load_settings(environment: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None) -> Settings:
    """Settings from `HUOJIA_*` variables; raises SettingsError naming every variable at fault."""
    source = os.environ if environment is None else environment
    names = [item.name for item in dataclasses.fields(Settings)]
    values = {name: source[PREFIX + name.upper()] for name in names if PREFIX + name.upper() in source}
    settings = Settings(**{**values, **(overrides or {})})
    faults = problems(settings)
    if faults:
        raise SettingsError("; ".join(faults))
    return settings


def problems(settings: Settings) -> list[str]:
    """What makes the settings unusable, one sentence each, naming the variable."""
    checks = (_choices, _numbers, _times, _keys)
    return [fault for check in checks for fault in check(settings)]


def unsafe(settings: Settings) -> list[str]:
    """What must change before production."""
    faults = [
        f"{PREFIX}{name.upper()} is the development key"
        for name in ("jwt_key", "secret_key", "unit_key")
        if getattr(settings, name) == DEVELOPMENT_KEY
    ]
    if settings.jwt_issuer == DEVELOPMENT_ISSUER:
        faults.append(f"{PREFIX}JWT_ISSUER is the development issuer")
    if settings.now:
        faults.append(f"{PREFIX}NOW moves the clock; development mode only")
    if settings.url.startswith("sqlite"):
        faults.append(f"{PREFIX}DATABASE_URL is SQLite, which keeps personal data unencrypted; development mode only")
    return faults


def _choices(settings: Settings) -> list[str]:
    allowed = {
        "mode": ("development", "production"),
        "jwt_algorithm": ("HS256", "RS256", "ES256"),
        "log_level": ("debug", "info", "warning", "error"),
        "jobs_train_on": (*WEEKDAYS, "daily", ""),
    }
    return [
        f"{PREFIX}{name.upper()}={getattr(settings, name)!r}: must be one of {', '.join(values)}"
        for name, values in allowed.items()
        if getattr(settings, name) not in values
    ]


def _numbers(settings: Settings) -> list[str]:
    limits = {
        "port": (0, 65535),
        "metrics_port": (1, 65535),
        "max_body_bytes": (1024, 1 << 30),
        "retention_days": (1, 36500),
        **{DATABASE + name: between for name, between in LIMITS.items()},
        "read_deadline_ms": (10, 10_000),
        "write_deadline_ms": (100, 60_000),
        "row_cache_rows": (0, 10_000_000),
        "row_cache_mb": (1, 65_536),
        "stale_limit_s": (0, 900),
        "experiment_look_s": (0, 86_400),
        "jobs_tries": (1, 100),
        "jobs_pause_s": (1, 3_600),
        "jobs_limit_s": (1, 604_800),
    }
    faults = []
    for name, (low, high) in limits.items():
        text = getattr(settings, name)
        if name == "metrics_port" and not text:
            continue
        if not text.isdecimal() or not low <= int(text) <= high:
            faults.append(f"{PREFIX}{name.upper()}={text!r}: must be a whole number from {low} to {high}")
    return faults


def _times(settings: Settings) -> list[str]:
    faults = []
    try:
        zoneinfo.ZoneInfo(settings.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        faults.append(f"{PREFIX}TIMEZONE={settings.timezone!r}: no such time zone")
    try:
        _ = settings.start
    except ValueError:
        faults.append(f"{PREFIX}NOW={settings.now!r}: must be an ISO 8601 time")
    try:
        _ = settings.jobs_time
    except ValueError:
        faults.append(f"{PREFIX}JOBS_AT={settings.jobs_at!r}: must be a time of day as HH:MM, auto or empty")
    return faults


def _keys(settings: Settings) -> list[str]:
    faults = []
    if settings.production:
        faults += [fault for fault in unsafe(settings) if fault.startswith(PREFIX)]
        faults += _weak_keys(settings)
    for name in ("secret_key", "unit_key"):
        if len(getattr(settings, name)) < 32:
            faults.append(f"{PREFIX}{name.upper()}: must have at least 32 characters")
    return faults


def _weak_keys(settings: Settings) -> list[str]:
    faults = []
    keys = (settings.jwt_key, settings.secret_key, settings.unit_key)
    if len(set(keys)) < len(keys):
        faults.append(f"{PREFIX}JWT_KEY, {PREFIX}SECRET_KEY and {PREFIX}UNIT_KEY must differ from each other")
    if settings.jwt_algorithm == "HS256" and len(settings.jwt_key) < 32:
        faults.append(f"{PREFIX}JWT_KEY: must have at least 32 characters with HS256")
    if settings.jwt_algorithm != "HS256" and "BEGIN PUBLIC KEY" not in settings.jwt_key:
        faults.append(f"{PREFIX}JWT_KEY: must be a PEM public key with {settings.jwt_algorithm}")
    return faults


def _instant(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from service.breaker import CLOSED, FAILURES, Breaker
from service.telemetry import Telemetry


def _state(telemetry: Telemetry) -> float | None:
    return telemetry.registry.get_sample_value("huojia_breaker_state", {"dependency": "store"})


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not done():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


def _fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed()


def test_it_opens_at_the_fifth_failure_in_a_row(telemetry: Telemetry) -> None:
    breaker = Breaker("store", lambda: None, telemetry, retry_s=60)
    _fail(breaker, FAILURES - 1)
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open
    assert telemetry.registry.get_sample_value("huojia_breaker_opened_total", {"dependency": "store"}) == 1
    breaker.close()


def test_a_success_in_between_starts_the_count_anew(telemetry: Telemetry) -> None:
    breaker = Breaker("store", lambda: None, telemetry, retry_s=60)
    _fail(breaker, FAILURES - 1)
    breaker.succeeded()
    _fail(breaker, FAILURES - 1)
    assert not breaker.is_open


def test_a_probe_that_succeeds_closes_it_and_one_that_fails_does_not(telemetry: Telemetry) -> None:
    probes: list[int] = []

    def probe() -> None:
        probes.append(len(probes))
        if len(probes) < 3:
            raise OSError("still away")

    breaker = Breaker("store", probe, telemetry, retry_s=0.01)
    _fail(breaker, FAILURES)
    _until(lambda: not breaker.is_open)
    assert len(probes) == 3
    assert _state(telemetry) == CLOSED
    _fail(breaker, FAILURES - 1)
    assert not breaker.is_open


def test_one_probe_at_a_time_however_long_it_hangs(telemetry: Telemetry) -> None:
    hanging, released = threading.Event(), threading.Event()
    running = []

    def probe() -> None:
        running.append(threading.current_thread().name)
        hanging.set()
        released.wait(20)

    breaker = Breaker("store", probe, telemetry, retry_s=0.01)
    _fail(breaker, FAILURES)
    assert hanging.wait(20)
    _fail(breaker, 3 * FAILURES)
    assert breaker.is_open
    released.set()
    _until(lambda: not breaker.is_open)
    assert running == ["probe-store"]


def test_closing_stops_the_probing(telemetry: Telemetry) -> None:
    breaker = Breaker("store", lambda: None, telemetry, retry_s=0.2)
    _fail(breaker, FAILURES)
    breaker.close()
    _until(lambda: "probe-store" not in {thread.name for thread in threading.enumerate()})
    assert breaker.is_open

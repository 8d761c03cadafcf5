"""Workers follow what another process puts in force."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.policies.life import PolicyLife
from service.rules import policy_record
from service.settings import PREFIX
from tests.sample_bank import SampleBank, Service, serving

LIMIT_S = 2.0


def _huojia(bank: SampleBank, *arguments: str) -> None:
    environment = {**os.environ, PREFIX + "DATA_DIR": str(bank.data_dir), PREFIX + "NOW": bank.settings().now}
    command = [sys.executable, "-m", "service.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _seconds_until(reached: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < 10 * LIMIT_S
        time.sleep(0.01)
    return time.monotonic() - began


def _policy(service: Service) -> str:
    label: str = service.shelf("C1")["versions"]["policy"]
    return label


def test_a_policy_published_or_rolled_back_by_another_process_is_followed(bank: SampleBank, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"arrangement": {"category_cap": 1}}')
    with serving(bank.settings()) as service, serving(bank.settings()) as other:
        assert {_policy(service), _policy(other)} == {"default@1"}
        _huojia(bank, "policy", "publish", str(file))
        waited = [_seconds_until(lambda one=one: _policy(one) == "default@2") for one in (service, other)]  # type: ignore[misc]
        assert max(waited) <= LIMIT_S
        _huojia(bank, "policy", "rollback", "1")
        waited = [_seconds_until(lambda one=one: _policy(one) == "default@1") for one in (service, other)]  # type: ignore[misc]
        assert max(waited) <= LIMIT_S
        assert service.shelf("C1")["versions"]["generation"] == 3


@pytest.mark.slow
def test_no_shelf_mixes_two_generations_while_policies_flip(bank: SampleBank, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"arrangement": {"category_cap": 1}}')
    with serving(bank.settings()) as service:
        customer_id = service.active(1)[0]
        _huojia(bank, "policy", "publish", str(file))
        seen = set()
        for _ in range(100):
            versions = service.shelf(customer_id)["versions"]
            seen.add((versions["generation"], versions["policy"]))
            time.sleep(0.005)
        assert seen <= {(1, "default@1"), (2, "default@2")}
        assert (2, "default@2") in seen


@pytest.mark.slow
def test_a_model_promoted_by_another_process_is_followed(bank: SampleBank) -> None:
    with serving(bank.settings()) as service:
        _huojia(bank, "train", "--as-of", "2026-08-01", "--older")
        assert _seconds_until(lambda: service.shelf("C1")["versions"]["model"] == "m2") <= LIMIT_S


def test_a_policy_is_followed_while_nobody_asks_for_a_shelf(bank: SampleBank, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"arrangement": {"category_cap": 1}}')
    with serving(bank.settings()) as service:
        _huojia(bank, "policy", "publish", str(file))
        _seconds_until(lambda: service.runtime.worlds.last().versions.generation == 2)


def test_a_policy_is_followed_while_something_else_that_follows_waits_for_the_store(
    bank: SampleBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.settings()) as service:
        runtime = service.runtime
        waiting, released = threading.Event(), threading.Event()

        def hangs(now_us: int) -> bool:
            waiting.set()
            released.wait(5 * LIMIT_S)
            return False

        monkeypatch.setattr(runtime.store, "is_step_due", hangs)
        assert waiting.wait(10 * LIMIT_S)
        PolicyLife(runtime.store).enact("test", policy_record({}, "default", 2), runtime.clock.now_us())
        waited = _seconds_until(lambda: runtime.worlds.last().versions.generation == 2)
        released.set()
        assert waited <= LIMIT_S

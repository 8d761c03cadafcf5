"""A bank for commands and the means to run them; a service that previews policies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
import orjson
import pytest

from service.api import policy_preview
from service.cli import main
from service.policies.preview_process import PreviewTask, preview_of
from service.settings import PREFIX, Settings
from tests.integration.commanding import Done, Run
from tests.integration.previewing import stop_clock
from tests.sample_bank import NOW, SampleBank, Service, serving


@pytest.fixture(scope="module")
def written(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """A bank that this module's commands may write to, without changing what its customers' shelves show."""
    return sample_bank.copy(tmp_path_factory.mktemp("cli") / "bank")


@pytest.fixture
def bare_run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Commands that need no bank."""

    def command(*arguments: str, **settings: str) -> Done:
        with monkeypatch.context() as patched:
            for name, value in settings.items():
                patched.setenv(PREFIX + name.upper(), value)
            patched.setattr("sys.argv", ["huojia", *arguments])
            code = 0
            try:
                main()
            except SystemExit as stopped:
                code = int(stopped.code or 0)
        return Done(code, *capfd.readouterr())

    return command


@pytest.fixture
def run(written: SampleBank, bare_run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands over a bank."""
    monkeypatch.setenv(PREFIX + "DATA_DIR", str(written.data_dir))
    monkeypatch.setenv(PREFIX + "NOW", NOW)
    return bare_run


@pytest.fixture(scope="module")
def apart(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose clock stands still, for tests that only preview."""
    with serving(small_bank.copy(tmp_path_factory.mktemp("preview") / "bank").settings()) as service:
        stop_clock(service)
        yield service


@pytest.fixture
def previewed(apart: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The same, previewing in its own process: to start another one takes longer than the preview."""

    async def here(settings: Settings, task: PreviewTask) -> bytes:
        again = msgspec.json.decode(msgspec.json.encode(task), type=PreviewTask)
        return orjson.dumps(await asyncio.to_thread(preview_of, apart.runtime, again))

    monkeypatch.setattr(policy_preview, "made_apart", here)
    return apart

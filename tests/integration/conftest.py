"""A bank for commands and the means to run them."""

from __future__ import annotations

import pytest

from service.cli import main
from service.settings import PREFIX
from tests.integration.commanding import Done, Run
from tests.sample_bank import NOW, SampleBank


@pytest.fixture(scope="module")
def written(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """A bank that this module's commands may write to, without changing what its customers' shelves show."""
    return sample_bank.copy(tmp_path_factory.mktemp("cli") / "bank")


@pytest.fixture
def run(written: SampleBank, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv(PREFIX + "DATA_DIR", str(written.data_dir))
    monkeypatch.setenv(PREFIX + "NOW", NOW)

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

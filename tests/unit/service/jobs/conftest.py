"""The small bank of the jobs about tags, simulated once a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.runtime import Runtime
from tests.once import once
from tests.sample_bank import SampleBank, built
from tests.unit.service.jobs.tag_bank import build_tag_bank, opened


@pytest.fixture(scope="session")
def tag_bank(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The small bank; not to be written to."""
    made = built(once(tmp_path_factory, "tag-bank", build_tag_bank))
    return made.copy(tmp_path_factory.mktemp("tags") / "bank")


@pytest.fixture
def tagged(tag_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime over a copy of the small bank."""
    with opened(tag_bank.copy(tmp_path / "tagged").data_dir) as runtime:
        yield runtime

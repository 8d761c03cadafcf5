"""Policies flip under load on two workers: no error, and no answer that is not of one generation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.bench.flip_bank import with_policies
from service.bench.flips import FlipPlan, measure
from tests.integration.commanding import Run
from tests.sample_bank import NOW, SampleBank, load_rows

PLAN = FlipPlan(flips=10, rate=20.0, workers=2, quiet_s=0.5)
GENEROUS_MS = 20_000.0


def _sqlite(request: pytest.FixtureRequest, small_bank: SampleBank, folder: Path) -> dict[str, str]:
    return {"data_dir": str(small_bank.copy(folder / "data").data_dir)}


def _postgresql(request: pytest.FixtureRequest, small_bank: SampleBank, folder: Path) -> dict[str, str]:
    url = request.getfixturevalue("postgres_url")
    made = load_rows(SampleBank(small_bank.source, folder / "data"), database_url=url)
    return {"data_dir": str(made.data_dir), "database_url": url}


Made = Callable[[pytest.FixtureRequest, SampleBank, Path], dict[str, str]]


@pytest.mark.slow
@pytest.mark.parametrize("made", [_sqlite, _postgresql])
def test_every_answer_is_of_one_generation_while_policies_flip(
    request: pytest.FixtureRequest, small_bank: SampleBank, tmp_path: Path, made: Made
) -> None:
    bank = with_policies(tmp_path, {**made(request, small_bank, tmp_path), "now": NOW})
    told: dict[str, Any] = measure(bank, PLAN, lambda line: None)
    assert (told["errors"], told["mixed"], told["flips"]) == (0, 0, PLAN.flips), told
    assert told["store"] == made.__name__.removeprefix("_")
    assert len(told["shelves_by_worker"]) == PLAN.workers
    assert min(told["shelves_by_worker"]) > 0
    assert told["last_old_end_ms"]["max"] < GENEROUS_MS


def test_a_store_that_there_is_not_is_refused_in_one_line(run: Run) -> None:
    done = run("flips", "--store", "oracle")
    assert done.code == 1
    assert done.err.strip() == "huojia: --store oracle: sqlite, postgresql or a URL postgresql://…"

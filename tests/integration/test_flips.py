"""Policies flip under load on two workers: no error, and no answer that is not of one generation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.bench.flip_bank import with_policies
from service.bench.flips import FlipPlan, measure
from service.progress import silent
from service.simulate import simulate
from tests.integration.commanding import Run
from tests.once import once
from tests.sample_bank import NOW, SEED, UNTIL, SampleBank, built, load_rows

PLAN = FlipPlan(flips=6, rate=12.0, workers=2, quiet_s=0.2)
CUSTOMERS, PRODUCTS, DAYS = 120, 120, 120
GENEROUS_MS = 20_000.0


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank of few customers in the exchange format, for both stores; no model is trained of it."""

    def make(folder: Path) -> None:
        simulate(
            built(folder).source,
            customers=CUSTOMERS,
            products=PRODUCTS,
            days=DAYS,
            until=UNTIL,
            seed=SEED,
            progress=silent,
        )

    return built(once(tmp_path_factory, "flips-bank", make)).source


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_every_answer_is_of_one_generation_while_policies_flip(
    request: pytest.FixtureRequest, source: Path, tmp_path: Path, store: str
) -> None:
    url = request.getfixturevalue("postgres_url") if store == "postgresql" else ""
    made = load_rows(SampleBank(source, tmp_path / "data"), database_url=url)
    bank = with_policies(tmp_path, {"data_dir": str(made.data_dir), "database_url": url, "now": NOW})
    told: dict[str, Any] = measure(bank, PLAN, lambda line: None)
    assert (told["errors"], told["mixed"], told["flips"]) == (0, 0, PLAN.flips), told
    assert told["store"] == store
    assert len(told["shelves_by_worker"]) == PLAN.workers
    assert min(told["shelves_by_worker"]) > 0
    assert told["last_old_end_ms"]["max"] < GENEROUS_MS


def test_a_store_that_there_is_not_is_refused_in_one_line(bare_run: Run) -> None:
    done = bare_run("flips", "--store", "oracle")
    assert done.code == 1
    assert done.err.strip() == "huojia: --store oracle: sqlite, postgresql or a URL postgresql://…"

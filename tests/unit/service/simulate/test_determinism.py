"""The same arguments give the same bytes, in any process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.simulate import STAGES, simulate
from tests.unit.service.simulate.folder import UNTIL, Folder

FILES = {"products", "customers", "consents", "holdings", "cash_flows", "tag_definitions", "tags", "events"}
TRUTH = {"truth/preferences", "truth/tags", "truth/products"}
ALONE = """
import datetime, pathlib, sys
from service.simulate import simulate
simulate(pathlib.Path(sys.argv[1]), customers=300, products=60, days=200, until=datetime.date(2026, 3, 1), seed=3)
"""


def _digests(path: Path) -> dict[str, str]:
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return {file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_another_process_with_another_hash_seed_writes_the_same_bytes(small: Folder, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    subprocess.run([sys.executable, "-c", ALONE, tmp_path], check=True, env=environment, cwd=Path.cwd())
    assert _digests(tmp_path) == _digests(small.path)


def test_every_file_depends_on_the_seed(small: Folder, tmp_path: Path) -> None:
    simulate(tmp_path, customers=300, products=60, days=200, until=UNTIL, seed=4)
    mine, other = _digests(small.path), _digests(tmp_path)
    same = {name for name in mine if mine[name] == other[name]}
    assert same == {"manifest.json", "truth/README.md"}


def test_the_rows_of_each_file_are_reported(tmp_path: Path) -> None:
    rows = simulate(tmp_path, customers=40, products=20, days=60, until=UNTIL, seed=1)
    assert set(rows) == FILES | TRUTH
    folder = Folder(tmp_path)
    assert rows == {name: len(folder.rows(name)) for name in rows}


def test_progress_is_told_stage_by_stage_up_to_the_total(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    simulate(
        tmp_path, customers=20, products=10, days=40, until=UNTIL, seed=1, progress=lambda *step: told.append(step)
    )
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == list(STAGES)
    assert all(max(done for name, done, _ in told if name == stage) == total for stage, _, total in told)


@pytest.mark.parametrize("wrong", [(0, 1, 28, 1), (1, 0, 28, 1), (1, 1, 7, 1), (1, 1, 28, -1)])
def test_an_impossible_size_is_refused(tmp_path: Path, wrong: tuple[int, int, int, int]) -> None:
    customers, products, days, seed = wrong
    with pytest.raises(ValueError, match="must be at least"):
        simulate(tmp_path, customers=customers, products=products, days=days, until=UNTIL, seed=seed)


@pytest.mark.parametrize(("customers", "products", "days"), [(1, 1, 28), (3, 400, 30), (50, 1, 100)])
def test_the_smallest_banks_can_be_made(tmp_path: Path, customers: int, products: int, days: int) -> None:
    rows = simulate(tmp_path, customers=customers, products=products, days=days, until=UNTIL, seed=2)
    assert (rows["customers"], rows["products"]) == (customers, products)

"""What is written for a trainer of item factors elsewhere, and the training that takes them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from recommender.factorisation import AlsSettings, fit_als
from service.bootstrap import runtime_of
from service.calendar import date_of_day
from service.commands import training as command
from service.errors import Refused
from service.factor_folder import read_factors
from service.factor_plan import write_plan
from service.jobs.train import train
from service.progress import silent
from service.runtime import Runtime
from service.training_data import training_data
from tests.sample_bank import SampleBank


@pytest.fixture(scope="module")
def runtime(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with runtime_of(small_bank.copy(tmp_path_factory.mktemp("plan") / "bank").settings()) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("planned") / "plan"
    today = runtime.calendar.day(runtime.clock.now_us())
    write_plan(runtime, training_data(runtime, today), target)
    return target


def fit_elsewhere(folder: Path, rank: int) -> None:
    """Does what the Spark job does: factors of every cut from its interactions, and the settings."""
    for part in sorted(folder.glob("interactions/cut=*")):
        table = pq.ParquetFile(part / "part-0.parquet").read().to_pydict()
        number, item = np.unique(table["item"], return_inverse=True)
        weights = sparse.coo_matrix((table["weight"], (table["customer"], item))).tocsr().astype(np.float64)
        fitted = fit_als(weights, AlsSettings(factors=rank, regularisation=1.0, alpha=4.0))
        target = folder / "factors" / part.name
        target.mkdir(parents=True, exist_ok=True)
        columns = {"id": pa.array(number, pa.int32()), "features": list(fitted.item_factors.astype(np.float32))}
        pq.write_table(pa.table(columns), target / "part-0.parquet")
    settings = {"rank": rank, "alpha": 4.0, "regParam": 0.05}
    (folder / "factors" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def test_a_plan_has_the_interactions_of_every_cut_and_the_numbers_of_the_products(folder: Path) -> None:
    cuts = json.loads((folder / "plan.json").read_text("utf-8"))["cuts"]
    assert len(cuts) == 3
    numbers = pq.read_table(folder / "products.parquet")
    assert numbers.column_names == ["item", "product_id"]
    for cut in cuts:
        table = pq.ParquetFile(folder / "interactions" / f"cut={cut['day']}" / "part-0.parquet").read()
        assert [str(field.type) for field in table.schema] == ["int32", "int32", "float"]
        assert table.num_rows == cut["interactions"] > 0
        assert min(table["weight"].to_pylist()) > 0
        pairs = set(zip(table["customer"].to_pylist(), table["item"].to_pylist(), strict=True))
        assert len(pairs) == table.num_rows
        assert {item for _, item in pairs} <= set(numbers["item"].to_pylist())


def test_a_second_plan_is_not_written_over_the_first(runtime: Runtime, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    with pytest.raises(Refused, match="there is something already"):
        command.plan(runtime.settings, "", str(folder), as_json=False)
    assert sorted(folder.rglob("*")) == before


def test_only_the_plan_is_written_and_what_lies_beside_it_stays(runtime: Runtime, tmp_path: Path) -> None:
    beside = tmp_path / "plans" / "plan.draft" / "mine"
    beside.mkdir(parents=True)
    today = runtime.calendar.day(runtime.clock.now_us())
    write_plan(runtime, training_data(runtime, today), tmp_path / "plans" / "plan")
    assert sorted(path.name for path in (tmp_path / "plans").iterdir()) == ["plan", "plan.draft"]
    assert beside.is_dir()
    assert (tmp_path / "plans" / "plan").stat().st_mode & 0o777 == beside.stat().st_mode & 0o777


def test_a_history_without_windows_leaves_nothing_behind(runtime: Runtime, tmp_path: Path) -> None:
    data = training_data(runtime, runtime.calendar.day(runtime.clock.now_us()))
    late = data.events.where(data.events.day > data.as_of - 20)
    with pytest.raises(Refused, match="--plan: the history has too little"):
        write_plan(runtime, replace(data, events=late), tmp_path / "plan")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match=r"--plan .*file/plan: Not a directory"):
        command.plan(runtime.settings, "", str(tmp_path / "file" / "plan"), as_json=False)


def test_the_cuts_are_told_as_a_table_and_as_json(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.plan(runtime.settings, "", str(tmp_path / "one"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    command.plan(runtime.settings, "", str(tmp_path / "two"), as_json=False)
    table = capsys.readouterr().out
    assert all(cut["day"] in table for cut in told)


def test_a_training_takes_the_factors_and_without_a_date_their_last_day(runtime: Runtime, folder: Path) -> None:
    fit_elsewhere(folder, rank=8)
    newest = max(read_factors(folder).by_day)
    training = command.train_now(runtime, "", older=True, factors=str(folder))
    assert training.manifest["window"]["as_of"] == newest
    measured = training.manifest["metrics"]["als"]
    assert [(one["factors"], one["fitted"]) for one in measured] == [(8, "elsewhere")]


def test_factors_of_another_banks_plan_are_refused(runtime: Runtime, folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    fit_elsewhere(other, rank=8)
    numbers = pq.ParquetFile(other / "products.parquet").read()
    renamed = pa.array([f"x{one}" for one in numbers["product_id"].to_pylist()])
    pq.write_table(numbers.set_column(1, "product_id", renamed), other / "products.parquet")
    with pytest.raises(Refused, match="made from another bank's plan"):
        command.train_now(runtime, "", older=True, factors=str(other))


def test_factors_of_other_days_are_refused_and_nothing_changes(runtime: Runtime, folder: Path) -> None:
    fit_elsewhere(folder, rank=8)
    given, version = read_factors(folder), runtime.store.versions().model
    day = max(given.by_day) - 7
    with pytest.raises(Refused, match=rf"--item-factors: cut .*: no factors; .* {date_of_day(max(given.by_day))}"):
        train(runtime, day, silent, given)
    assert runtime.store.versions().model == version

"""Item factors as files: what Spark writes is read, whatever is not as it must be is refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.calendar import day_of_date
from service.commands.dates import day_of
from service.errors import Refused
from service.factor_folder import check_products, read_factors

DAY, LATER = "2026-07-04", "2026-09-02"
SETTINGS = {"rank": 2, "alpha": 10.0, "regParam": 0.1}


def folder_of(path: Path, ids: Sequence[Any], features: Sequence[Any], **settings: Any) -> Path:
    """A folder with one set in Parquet, as Spark leaves it, marks and all."""
    target = path / "factors" / f"cut={DAY}"
    target.mkdir(parents=True)
    pq.write_table(pa.table({"id": ids, "features": features}), target / "part-00000-x.snappy.parquet")
    (target / "_SUCCESS").touch()
    said = path / "factors" / "settings.json"
    said.mkdir()
    (said / "part-00000-y.json").write_text(json.dumps(SETTINGS | settings), encoding="utf-8")
    return path


def sound(path: Path) -> Path:
    return folder_of(path, [7, 3], [[0.5, -1.0], [2.0, 0.25]])


def test_what_spark_writes_is_read_in_the_order_of_the_products(tmp_path: Path) -> None:
    found = read_factors(sound(tmp_path))
    assert (found.rank, found.alpha, found.reg_param) == (2, 10.0, 0.1)
    product, factors = found.by_day[day_of_date(day_of(DAY))]
    assert product.tolist() == [3, 7]
    assert factors.tolist() == [[2.0, 0.25], [0.5, -1.0]]


def test_several_parts_and_float32_are_one_set(tmp_path: Path) -> None:
    target = sound(tmp_path) / "factors" / f"cut={DAY}"
    features = pa.array([[1.5, 0.5]], pa.list_(pa.float32()))
    pq.write_table(pa.table({"id": pa.array([5], pa.int32()), "features": features}), target / "part-1.parquet")
    product, factors = next(iter(read_factors(tmp_path).by_day.values()))
    assert product.tolist() == [3, 5, 7]
    assert factors[1].tolist() == [1.5, 0.5]


@pytest.mark.parametrize("row", ["0.5 -1.0", '"[0.5, -1.0]"', '"0.5,-1.0"'])
def test_csv_will_do_too(tmp_path: Path, row: str) -> None:
    target = sound(tmp_path) / "factors" / f"cut={LATER}"
    target.mkdir()
    (target / "part-0.csv").write_text(f"id,features\n7,{row}\n", encoding="utf-8")
    found = read_factors(tmp_path)
    assert len(found.by_day) == 2
    assert np.array_equal(found.by_day[day_of_date(day_of(LATER))].factors, [[0.5, -1.0]])


ROWS = {
    "a product twice": ([3, 3], [[1.0, 1.0], [1.0, 1.0]], f"cut={DAY}: id: 3 stands there more than once"),
    "no number": ([3, None], [[1.0, 1.0]] * 2, "id: not a whole number in every row"),
    "a text": (["p3"], [[1.0, 1.0]], "id: not a whole number in every row"),
    "a fraction": ([1.5], [[1.0, 1.0]], "id: not a whole number in every row"),
    "too large": ([2**31], [[1.0, 1.0]], "id: not between 0 and 2147483647"),
    "below none": ([-1], [[1.0, 1.0]], "id: not between 0 and 2147483647"),
    "another rank": ([3, 4], [[1.0, 1.0], [1.0]], "features: 1 of id 4, not 2 as rank says"),
    "no features": ([3, 4], [[1.0, 1.0], None], "features: 0 of id 4, not 2 as rank says"),
    "nan": ([3, 4], [[1.0, 1.0], [1.0, float("nan")]], "features: not finite numbers of id 4"),
    "a gap": ([3, 4], [[1.0, 1.0], [1.0, None]], "features: not finite numbers of id 4"),
    "infinite": ([3], [[1.0, float("inf")]], "features: not finite numbers of id 3"),
    "no lists": ([3], [1.0], "features: not lists of numbers but double"),
    "words": ([3], ["one two"], "features: not numbers with spaces between"),
    "nothing": (pa.array([], pa.int32()), pa.array([], pa.list_(pa.float32())), "has no factors"),
}


@pytest.mark.parametrize("fault", ROWS)
def test_a_faulty_row_is_refused_by_its_field(tmp_path: Path, fault: str) -> None:
    ids, features, message = ROWS[fault]
    with pytest.raises(Refused, match=message):
        read_factors(folder_of(tmp_path, ids, features))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rank": 0}, "rank: 0 is no whole number above 0"),
        ({"rank": 2.5}, "rank: 2.5 is no whole number"),
        ({"alpha": None}, "alpha: None is no number from 1e-06 to 1e\\+06"),
        ({"regParam": -1}, "regParam: -1 is no number from"),
        ({"alpha": 10**400}, "alpha: 10+\\.\\.\\.0+ is no number from"),
        ({"alpha": 1.1e6}, "alpha: 1100000.0 is no number from"),
        ({"regParam": 9e-7}, "regParam: 9e-07 is no number from"),
        ({"regParam": float("nan")}, "regParam: nan is no number from"),
        ({"alpha": float("inf")}, "alpha: inf is no number from"),
        ({"implicitPrefs": False}, "implicitPrefs: must be true"),
    ],
)
def test_a_faulty_setting_is_refused_by_its_name(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=rf"factors/settings\.json: {message}"):
        read_factors(folder_of(tmp_path, [3], [[1.0, 1.0]], **settings))


def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path: Path) -> None:
    target = sound(tmp_path) / "factors" / f"cut={DAY}"
    pq.write_table(pa.table({"id": [3], "vector": [[1.0, 1.0]]}), target / "part-00000-x.snappy.parquet")
    with pytest.raises(Refused, match="features: no such column; there are id, vector"):
        read_factors(tmp_path)


@pytest.mark.parametrize("name", ["id", "features"])
def test_a_column_that_is_there_twice_is_refused(tmp_path: Path, name: str) -> None:
    target = sound(tmp_path) / "factors" / f"cut={DAY}"
    names = ["id", "features", name]
    columns = {"id": pa.array([3]), "features": pa.array([[1.0, 1.0]])}
    twice = pa.Table.from_arrays([columns[one] for one in names], names=names)
    pq.write_table(twice, target / "part-00000-x.snappy.parquet")
    with pytest.raises(Refused, match=f"{name}: more than one column of that name"):
        read_factors(tmp_path)


def test_a_day_has_one_spelling_so_that_no_set_takes_the_place_of_another(tmp_path: Path) -> None:
    factors = sound(tmp_path) / "factors"
    shutil.copytree(factors / f"cut={DAY}", factors / f"cut={DAY.replace('-', '')}")
    with pytest.raises(Refused, match="cut=20260704: not cut=YYYY-MM-DD"):
        read_factors(tmp_path)


def test_a_folder_that_is_no_plan_with_factors_is_refused(tmp_path: Path) -> None:
    for folder, why in ((tmp_path, "no folder factors in it"), (tmp_path / "nowhere", "there is no such folder")):
        with pytest.raises(Refused, match=why):
            read_factors(folder)
    (tmp_path / "factors").mkdir()
    with pytest.raises(Refused, match=r"settings\.json: missing"):
        read_factors(tmp_path)
    said = tmp_path / "factors" / "settings.json"
    said.write_text("[1]", encoding="utf-8")
    with pytest.raises(Refused, match="not a JSON object"):
        read_factors(tmp_path)
    said.write_text(json.dumps(SETTINGS), encoding="utf-8")
    with pytest.raises(Refused, match="no folder cut=YYYY-MM-DD in it"):
        read_factors(tmp_path)


def test_numbers_that_name_other_products_here_are_another_banks(tmp_path: Path) -> None:
    here = pa.table({"item": pa.array([0, 1, 2], pa.int32()), "product_id": ["a", "b", "c"]})
    with pytest.raises(Refused, match=r"products\.parquet of the plan cannot be read"):
        check_products(tmp_path, here)
    for known in (here, here.slice(0, 2)):
        pq.write_table(known, tmp_path / "products.parquet")
        check_products(tmp_path, here)
    swapped = here.set_column(1, "product_id", pa.array(["b", "a", "c"]))
    for other in (swapped, here.slice(1), here.slice(0, 0), pa.concat_tables([here, here])):
        pq.write_table(other, tmp_path / "products.parquet")
        with pytest.raises(Refused, match="made from another bank's plan"):
            check_products(tmp_path, here)


def test_an_empty_or_torn_set_is_refused(tmp_path: Path) -> None:
    factors = sound(tmp_path) / "factors"
    (factors / "cut=autumn").mkdir()
    with pytest.raises(Refused, match="cut=autumn: not cut=YYYY-MM-DD"):
        read_factors(tmp_path)
    (factors / "cut=autumn").rename(factors / f"cut={LATER}")
    with pytest.raises(Refused, match=r"needs files of one kind, \.parquet or \.csv"):
        read_factors(tmp_path)
    (factors / f"cut={LATER}" / "part-0.parquet").write_bytes(b"torn")
    with pytest.raises(Refused, match=r"part-0\.parquet: cannot be read"):
        read_factors(tmp_path)

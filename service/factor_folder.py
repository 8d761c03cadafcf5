"""Reads item factors that Spark left in a folder, Parquet or CSV; whatever is not as it must be is refused by name."""

from __future__ import annotations

import datetime as dt
import json
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from recommender.given_factors import GivenFactors, ItemFactors
from recommender.training_data import Floats, Ints
from service.calendar import day_of_date
from service.errors import Refused

_CUT = "cut="
_LARGEST = 2**31 - 1
_LEAST, _MOST = 1e-6, 1e6  # of alpha and regParam: beyond it the equations of a customer lose their digits


def read_factors(folder: Path) -> GivenFactors:
    """The sets of `factors/cut=YYYY-MM-DD` below a plan, with `factors/settings.json`; raises Refused."""
    factors = folder / "factors"
    if not folder.exists():
        raise Refused(f"--item-factors {folder}: there is no such folder")
    if not factors.is_dir():
        raise Refused(f"--item-factors {folder}: no folder factors in it")
    settings = _settings(factors / "settings.json")
    rank = settings["rank"]
    sets = sorted(path for path in factors.iterdir() if path.is_dir() and path.name.startswith(_CUT))
    if not sets:
        raise Refused(f"--item-factors {factors}: no folder {_CUT}YYYY-MM-DD in it")
    by_day = {_day(path): _factors(path, rank) for path in sets}
    return GivenFactors(rank, settings["alpha"], settings["regParam"], by_day)


def check_products(folder: Path, here: pa.Table) -> None:
    """Raises Refused unless the plan's numbers name the products that they name here.

    `here`: this bank's products by number. Those that came after the plan have larger numbers and are no fault.
    """
    try:
        planned = pq.ParquetFile(folder / "products.parquet").read()
    except (pa.ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        raise Refused(f"--item-factors {folder}: products.parquet of the plan cannot be read: {why}") from error
    if not planned.num_rows or not planned.equals(here.slice(0, planned.num_rows)):
        raise Refused(f"--item-factors {folder}: products.parquet: made from another bank's plan")


def _settings(path: Path) -> dict[str, Any]:
    """Spark writes a file as a folder with a part in it; a plain file will do too."""
    where = "--item-factors: factors/settings.json"
    parts = sorted(path.glob("part-*.json")) if path.is_dir() else [path]
    try:
        found = json.loads("".join(part.read_text(encoding="utf-8") for part in parts))
    except (OSError, ValueError):
        raise Refused(f"{where}: missing, or not one JSON object") from None
    if not isinstance(found, Mapping):
        raise Refused(f"{where}: not a JSON object")
    if not found.get("implicitPrefs", True):
        raise Refused(f"{where}: implicitPrefs: must be true, ratings are no confidences")
    rank = found.get("rank")
    if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise Refused(f"{where}: rank: {reprlib.repr(rank)} is no whole number above 0")
    for name in ("alpha", "regParam"):
        value = found.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not _LEAST <= value <= _MOST:
            raise Refused(f"{where}: {name}: {reprlib.repr(value)} is no number from {_LEAST:g} to {_MOST:g}")
    return {"rank": rank, "alpha": float(found["alpha"]), "regParam": float(found["regParam"])}


def _day(path: Path) -> int:
    """The day of a folder in this one spelling: 20260101 would be the same day beside it."""
    text = path.name.removeprefix(_CUT)
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        date = None
    if date is None or date.isoformat() != text:
        raise Refused(f"--item-factors {path.name}: not {_CUT}YYYY-MM-DD")
    return day_of_date(date)


def _factors(path: Path, rank: int) -> ItemFactors:
    """One set, by product number."""
    where = f"--item-factors {path.name}"
    columns = [_columns(file, where) for file in _parts(path, where)]
    number = np.concatenate([ids for ids, _ in columns])
    found, count = np.unique(number, return_counts=True)
    if not len(number):
        raise Refused(f"{where}: has no factors")
    if (count > 1).any():
        raise Refused(f"{where}: id: {found[count > 1][0]} stands there more than once")
    table = np.concatenate([_table(features, rank, where, ids) for ids, features in columns])
    order = np.argsort(number)
    return ItemFactors(number[order], table[order])


def _parts(path: Path, where: str) -> list[Path]:
    seen = [file for file in sorted(path.iterdir()) if file.suffix in {".parquet", ".csv"} and file.name[0] not in "._"]
    if not seen or len({file.suffix for file in seen}) > 1:
        raise Refused(f"{where}: needs files of one kind, .parquet or .csv")
    return seen


def _columns(file: Path, where: str) -> tuple[Ints, pa.Array]:
    try:
        if file.suffix == ".csv":
            text = pacsv.ConvertOptions(column_types={"features": pa.string()})
            found = pacsv.read_csv(file, convert_options=text)
        else:
            found = pq.ParquetFile(file).read()
    except (pa.ArrowException, OSError) as error:
        raise Refused(f"{where}/{file.name}: cannot be read: {str(error).splitlines()[0]}") from error
    for name in ("id", "features"):
        if name not in found.column_names:
            raise Refused(f"{where}: {name}: no such column; there are {', '.join(found.column_names)}")
        if found.column_names.count(name) > 1:
            raise Refused(f"{where}: {name}: more than one column of that name")
    return _numbers(found["id"].combine_chunks(), where), _lists(found["features"].combine_chunks(), where)


def _lists(features: pa.Array, where: str) -> pa.Array:
    """Lists of numbers; of a CSV file texts of numbers with spaces or commas between, in brackets or not."""
    if pa.types.is_string(features.type):
        try:
            rows = [
                [float(one) for one in text.strip("[] ").replace(",", " ").split()] for text in features.to_pylist()
            ]
        except (AttributeError, ValueError):
            raise Refused(f"{where}: features: not numbers with spaces between") from None
        return pa.array(rows, pa.list_(pa.float64()))
    is_list = pa.types.is_list(features.type) or pa.types.is_fixed_size_list(features.type)
    if not is_list or not pa.types.is_floating(features.type.value_type):
        raise Refused(f"{where}: features: not lists of numbers but {features.type}")
    return features.cast(pa.list_(pa.float64()))


def _numbers(ids: pa.Array, where: str) -> Ints:
    if ids.null_count or (len(ids) and not pa.types.is_integer(ids.type)):
        raise Refused(f"{where}: id: not a whole number in every row")
    number: Ints = ids.to_numpy(zero_copy_only=False).astype(np.int64)
    if ((number < 0) | (number > _LARGEST)).any():
        raise Refused(f"{where}: id: not between 0 and {_LARGEST}")
    return number


def _table(features: pa.Array, rank: int, where: str, number: Ints) -> Floats:
    lengths = np.array([-1 if row is None else row for row in features.value_lengths().to_pylist()])
    if (lengths != rank).any():
        place = int(np.flatnonzero(lengths != rank)[0])
        raise Refused(f"{where}: features: {max(lengths[place], 0)} of id {number[place]}, not {rank} as rank says")
    table: Floats = np.array(features.flatten().to_numpy(zero_copy_only=False), dtype=np.float64).reshape(-1, rank)
    sound = np.isfinite(table).all(axis=1)
    if not sound.all():
        raise Refused(f"{where}: features: not finite numbers of id {number[np.flatnonzero(~sound)[0]]}")
    return table

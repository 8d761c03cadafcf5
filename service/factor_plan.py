"""What a trainer of item factors outside needs: the cuts, the interactions up to each, the numbers of the products."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse
from sqlalchemy import select

from recommender.cuts import cuts_of, interactions_until
from recommender.given_factors import FactorsError
from recommender.interactions import HalfLives, Items
from recommender.training_data import TrainingData
from service.calendar import date_of_day
from service.errors import Refused
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table

_PRODUCTS = table(tables.Products)


class Cut(NamedTuple):
    """One set of factors that is asked for: the last day it may know, and how much there is to learn from."""

    day: int
    interactions: int
    customers: int
    products: int


def write_plan(runtime: Runtime, data: TrainingData, folder: Path) -> list[Cut]:
    """Writes the whole plan or nothing; raises Refused where the folder has content or the history is too short.

    Customers are numbers of this plan alone, items product numbers. A lake that has its own interactions takes the cuts
    from `plan.json` and the numbers from `products.parquet`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"--plan {folder}: there is something already")
    items = Items.of(data.before(data.as_of + 1), data.spells)
    try:
        days = cuts_of(data, items)
    except FactorsError as error:
        raise Refused(f"--plan: {error}") from error
    target = folder.resolve()
    try:
        if not target.parent.exists():
            target.parent.mkdir(parents=True)
        with TemporaryDirectory(prefix=".plan-", dir=target.parent) as own:
            draft = Path(own) / target.name  # not `own` itself, which others may not read
            cuts = [_write_cut(draft, items, day, interactions_until(data, items, day, HalfLives())) for day in days]
            pq.write_table(products_by_number(runtime), draft / "products.parquet")
            (draft / "plan.json").write_text(json.dumps(_told(cuts), indent=2) + "\n", encoding="utf-8")
            draft.replace(target)
    except OSError as error:
        raise Refused(f"--plan {folder}: {error.strerror or error}") from error
    return cuts


def _write_cut(folder: Path, items: Items, day: int, weights: sparse.csr_matrix) -> Cut:
    found = weights.tocoo()
    kept = found.data > 0
    customer, row, weight = found.row[kept], found.col[kept], found.data[kept]
    target = folder / "interactions" / f"cut={date_of_day(day)}"
    target.mkdir(parents=True)
    columns = {
        "customer": customer.astype(np.int32),
        "item": items.product[row].astype(np.int32),
        "weight": weight.astype(np.float32),
    }
    pq.write_table(pa.table(columns), target / "part-0.parquet")
    return Cut(day, len(weight), len(np.unique(customer)), len(np.unique(row)))


def products_by_number(runtime: Runtime) -> pa.Table:
    """What `products.parquet` says of a bank: number and id of every product, in the order of the numbers."""
    with runtime.store.connect() as connection:
        columns = (_PRODUCTS.c.product_no, _PRODUCTS.c.product_id)
        rows = connection.execute(select(*columns).order_by(_PRODUCTS.c.product_no)).all()
    numbers = pa.array([row.product_no for row in rows], pa.int32())
    return pa.table({"item": numbers, "product_id": pa.array([row.product_id for row in rows], pa.string())})


def _told(cuts: list[Cut]) -> dict[str, Any]:
    return {"cuts": [{**cut._asdict(), "day": str(date_of_day(cut.day))} for cut in cuts]}

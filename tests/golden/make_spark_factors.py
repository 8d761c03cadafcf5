"""Writes spark_factors.npz, what Spark's ALS makes of a small bank: `python -m tests.golden.make_spark_factors`.

Needs the extra `[spark]` and a Java that Spark runs on; the file in the tree was made by the versions that it names.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyspark
from pyspark.sql import SparkSession

from service.spark_als import Settings, fit

TARGET = Path(__file__).with_name("spark_factors.npz")
CUSTOMERS, ITEMS, KEPT = 400, 120, 50
RANK, ALPHA, REG = 8, 6.0, 0.05


def interactions() -> np.ndarray:
    """Weights [customers, items] as Spark keeps them (float32), of two tastes, a few of each customer."""
    rng = np.random.default_rng(11)
    liked = np.where((np.arange(CUSTOMERS)[:, None] + np.arange(ITEMS)) % 2 == 0, 0.12, 0.02)
    weights = np.where(rng.random((CUSTOMERS, ITEMS)) < liked, rng.gamma(1.0, 0.6, (CUSTOMERS, ITEMS)), 0.0)
    return weights.astype(np.float32)


def main() -> None:
    """Fits, and keeps the items' factors and those of some customers with their weights."""
    weights = interactions()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interactions.csv"
        customer, item = np.nonzero(weights)
        rows = [f"{c},{i},{float(weights[c, i])!r}" for c, i in zip(customer, item, strict=True)]
        path.write_text("customer,item,weight\n" + "\n".join(rows) + "\n", encoding="utf-8")
        spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
        table = spark.read.csv(str(path), header=True, schema="customer INT, item INT, weight FLOAT")
        model = fit(spark, table, Settings(RANK, ALPHA, REG, 10, 0, f"{folder}/checkpoints"))
        items, customers = (_factors(frame) for frame in (model.itemFactors, model.userFactors))
        spark.stop()
    chosen = sorted(customers)[:KEPT]
    np.savez_compressed(
        TARGET,
        item=np.array(sorted(items), np.int32),
        item_factors=np.array([items[one] for one in sorted(items)], np.float32),
        customer=np.array(chosen, np.int32),
        customer_factors=np.array([customers[one] for one in chosen], np.float32),
        weights=weights[chosen],
        settings=np.array([ALPHA, REG]),
        made_by=np.array(f"pyspark {pyspark.__version__}"),
    )


def _factors(frame: pyspark.sql.DataFrame) -> dict[int, list[float]]:
    return {int(row.id): list(row.features) for row in frame.collect()}


if __name__ == "__main__":
    main()

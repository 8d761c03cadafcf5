"""Fits the item factors of a training plan with Spark's ALS: `spark-submit spark_als.py FOLDER`; imports pyspark alone.

FOLDER, on any file system that Spark reads, is what `huojia train --plan FOLDER` wrote; `factors` is added to it, each
cut's from the interactions up to that day. The model is Spark's for implicit preferences: confidence 1 + alpha·weight,
penalty regParam·n for a customer or product with n positive weights.
"""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame, SparkSession

CHECKPOINT_EVERY = 5  # iterations: a longer lineage overflows the stack


class Settings(NamedTuple):
    """Hyper-parameters by Spark's names, and `checkpoints`, a folder without which Spark would skip them silently."""

    rank: int
    alpha: float
    reg_param: float
    iterations: int
    seed: int
    checkpoints: str


def fit(spark: SparkSession, interactions: DataFrame, settings: Settings) -> ALSModel:
    """The model of rows (customer, item, weight), one row a customer and item, weights above 0."""
    spark.sparkContext.setCheckpointDir(settings.checkpoints)
    als = ALS(
        userCol="customer",
        itemCol="item",
        ratingCol="weight",
        implicitPrefs=True,
        rank=settings.rank,
        alpha=settings.alpha,
        regParam=settings.reg_param,
        maxIter=settings.iterations,
        seed=settings.seed,
        checkpointInterval=CHECKPOINT_EVERY,
        coldStartStrategy="drop",
    )
    return als.fit(interactions)


def run(spark: SparkSession, folder: str, settings: Settings) -> list[str]:
    """Writes `factors/cut=…` (id, features) for every cut of the plan, and last the settings; returns the cuts."""
    interactions = spark.read.parquet(f"{folder}/interactions")
    cuts = sorted(str(row.cut) for row in interactions.select("cut").distinct().collect())
    for cut in cuts:
        model = fit(spark, interactions.where(interactions.cut == cut).drop("cut"), settings)
        model.itemFactors.coalesce(1).write.mode("overwrite").parquet(f"{folder}/factors/cut={cut}")
    # Made by Spark's own SQL, because rows made by Python would need the same Python on every worker.
    said = f"{settings.rank} AS rank, {settings.alpha!r}D AS alpha, {settings.reg_param!r}D AS regParam"
    spark.sql(f"SELECT {said}").coalesce(1).write.mode("overwrite").json(f"{folder}/factors/settings.json")
    return cuts


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fit the item factors of a training plan with Spark's ALS.")
    parser.add_argument("folder", help="what `huojia train --plan FOLDER` wrote, as Spark finds it")
    parser.add_argument("--rank", type=int, default=32, help="factors; at most a tenth of the products (32)")
    parser.add_argument(
        "--alpha", type=float, default=10.0, help="confidence of a weight of 1, beside the 1 of none (10)"
    )
    parser.add_argument("--reg", type=float, default=0.1, help="regParam, times the interactions of each (0.1)")
    parser.add_argument("--iterations", type=int, default=12, help="sweeps (12)")
    parser.add_argument("--seed", type=int, default=0, help="of the first factors (0)")
    parser.add_argument("--checkpoints", help="a folder for Spark's checkpoints (FOLDER/checkpoints)")
    asked = parser.parse_args()
    spark = SparkSession.builder.appName("huojia item factors").getOrCreate()
    places = asked.checkpoints or f"{asked.folder}/checkpoints"
    settings = Settings(asked.rank, asked.alpha, asked.reg, asked.iterations, asked.seed, places)
    cuts = run(spark, asked.folder, settings)
    sys.stdout.write(f"item factors up to {', '.join(cuts)}\n")
    spark.stop()


if __name__ == "__main__":
    main()

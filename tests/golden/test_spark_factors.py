"""Our fold-in gives the customer factors that Spark gave for its own item factors (recommender.md §11)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recommender.models.als import Als, LambdaMode

GOLDEN = np.load(Path(__file__).with_name("spark_factors.npz"))
ALPHA, REG = GOLDEN["settings"].tolist()
THEIRS = GOLDEN["customer_factors"].astype(np.float64)


def relative_error(mode: LambdaMode) -> np.ndarray:
    """Of each of the 50 customers, by Spark's settings with a penalty of this kind."""
    als = Als(GOLDEN["item_factors"], ALPHA, REG, mode)
    ours = np.array([als.fold_in(own) for own in GOLDEN["weights"][:, GOLDEN["item"]].astype(np.float64)])
    return np.asarray(np.linalg.norm(ours - THEIRS, axis=1) / np.linalg.norm(THEIRS, axis=1))


def test_the_fold_in_is_the_customer_that_spark_solved() -> None:
    assert len(THEIRS) == 50
    assert relative_error("freq").max() < 1e-6  # Spark keeps its factors as float32


def test_with_a_constant_penalty_the_customers_are_others() -> None:
    assert relative_error("const").max() > 0.02

"""The Spark job on a plan, where the extra `[spark]` and a Java are installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.calendar import day_of_date
from service.commands.dates import day_of
from service.factor_folder import read_factors

CUTS = ("2026-07-04", "2026-09-02")
ROOT = Path(__file__).parents[2]
PYSPARK = {
    "__init__.py": "",
    "ml/__init__.py": "",
    "ml/recommendation.py": "ALS = ALSModel = object",
    "sql.py": "DataFrame = SparkSession = object",
}
HAS_SPARK = importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


def test_a_copy_of_the_job_runs_alone_as_spark_submit_runs_it(tmp_path: Path) -> None:
    for name, content in PYSPARK.items():
        target = tmp_path / "installed" / "pyspark" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    copy = shutil.copy(ROOT / "service" / "spark_als.py", tmp_path)
    environment = {"PYTHONPATH": str(tmp_path / "installed")}
    job = [sys.executable, str(copy), "--help"]
    done = subprocess.run(job, check=True, timeout=60, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "--checkpoints" in done.stdout
    assert "spark-submit service/" not in (ROOT / "docs" / "item-factors.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not HAS_SPARK, reason="needs the extra [spark] and a Java")
def test_the_job_leaves_what_the_trainer_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for place, cut in enumerate(CUTS):
        customer, item = np.nonzero(rng.random((60, 20 + place)) < 0.3)
        weight = rng.gamma(1.0, 1.0, len(item)).astype(np.float32)
        columns = {"customer": customer.astype(np.int32), "item": (item + 5).astype(np.int32), "weight": weight}
        target = tmp_path / "interactions" / f"cut={cut}"
        target.mkdir(parents=True)
        pq.write_table(pa.table(columns), target / "part-0.parquet")
    job = [sys.executable, "-m", "service.spark_als", str(tmp_path), "--rank", "2", "--iterations", "3"]
    subprocess.run(job, check=True, timeout=600, cwd=ROOT)
    found = read_factors(tmp_path)
    assert (found.rank, found.alpha, found.reg_param) == (2, 10.0, 0.1)
    assert sorted(found.by_day) == [day_of_date(day_of(cut)) for cut in CUTS]
    assert [found.by_day[day].product.tolist() for day in sorted(found.by_day)] == [
        list(range(5, 25)),
        list(range(5, 26)),
    ]

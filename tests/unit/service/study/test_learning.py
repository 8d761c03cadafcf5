from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from service.study.learning import Study, weekly_value


def test_the_weekly_value_is_the_share_of_the_best_that_all_personal_shelves_reached(tmp_path: Path) -> None:
    rows = {
        "week": [1, 1, 1, 3, 3],
        "mode": ["personal", "personal", "nonpersonal", "personal", "personal"],
        "value": [0.5, 1.0, 9.0, 0.25, 0.0],
        "best": [1.0, 2.0, 1.0, 1.0, 0.0],
    }
    pq.write_table(pa.table(rows), tmp_path / "weeks.parquet")
    value = weekly_value(tmp_path / "weeks.parquet", 3)
    assert value[[0, 2]].tolist() == [0.5, 0.25]
    assert np.isnan(value[1])  # nobody came


def test_a_gain_is_paired_by_seed_over_the_last_weeks() -> None:
    frozen = np.array([[0.1] * 6, [0.5] * 6])
    learning = frozen + np.array([0.0, 0.0, 0.1, 0.1, 0.1, 0.1])
    result = Study((1, 2), {"learning": learning, "frozen": frozen}, ())
    assert np.isclose(result.gain().mean, 0.1)
    assert np.isclose(result.gain().low, 0.1)  # the seeds differ, their gains do not
    assert np.isclose(result.rise("learning").mean, 0.1)
    assert np.isclose(result.rise("frozen").mean, 0.0)

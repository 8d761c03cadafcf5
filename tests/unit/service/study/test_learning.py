from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from service.study.learning import Curve, Study, weekly_value


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
    result = _study(0, learning, frozen)
    assert np.isclose(result.gain("preference").mean, 0.1)
    assert np.isclose(result.gain("preference").low, 0.1)  # the seeds differ, their gains do not
    assert np.isclose(result.rise("preference", "learning").mean, 0.1)
    assert np.isclose(result.rise("preference", "frozen").mean, 0.0)


def test_a_rise_counts_from_the_last_weeks_of_the_warm_up() -> None:
    curve = np.array([[0.9, 0.1, 0.1, 0.1, 0.1, 0.3, 0.3, 0.3, 0.3]])
    assert np.isclose(_study(5, curve, curve).rise("preference", "frozen").mean, 0.2)


def _study(warm_up: int, learning: Curve, frozen: Curve) -> Study:
    return Study((1, 2), warm_up, {"preference": {"learning": learning, "frozen": frozen}}, ())


def test_value_by_wishes_has_its_own_columns(tmp_path: Path) -> None:
    rows = {"week": [1], "mode": ["personal"], "value": [1.0], "best": [1.0], "wished": [0.5], "best_wished": [2.0]}
    pq.write_table(pa.table(rows), tmp_path / "weeks.parquet")
    assert weekly_value(tmp_path / "weeks.parquet", 1, "wishes").tolist() == [0.25]

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.study import fidelity as module
from service.study.stage import Stage

ROWS = [
    {"tag": "a", "truthfulness": 0.9, "durability": 0.2, "uniqueness": 0.5},
    {"tag": "b", "truthfulness": 0.6, "durability": 0.4, "uniqueness": 0.4},
    {"tag": "c", "truthfulness": 0.3, "durability": 0.6, "uniqueness": None},
    {"tag": "habit", "truthfulness": None, "durability": None, "uniqueness": 0.1},
]


class _Printed(Stage):
    """A stage whose commands only print."""

    def run(self, *arguments: str) -> bytes:
        rows = [{"stage": "all", **row} for row in ROWS]
        if self.folder.name == "outsider":
            rows[0]["durability"] = 0.25
        tags = [{"tag": row["tag"], "measured_at": "2026-06-01T00:00:00Z", "levels": [row]} for row in rows]
        return orjson.dumps({"tags": tags})


def test_each_measure_is_ranked_against_its_truth_over_the_tags_that_have_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = {
        "tag": ["a", "b", "c"],
        "truthfulness": [0.8, 0.7, 0.1],
        "durability": [0.9, 0.5, 0.1],
        "uniqueness": [0.2, 0.9, 0.5],
    }
    pq.write_table(pa.table(truth), tmp_path / "tags.parquet")
    monkeypatch.setattr(module, "Stage", _Printed)
    found = module.fidelity(_Printed(tmp_path, ""), tmp_path / "tags.parquet", 1)
    assert found.spearman == pytest.approx({"truthfulness": 1.0, "durability": -1.0, "uniqueness": -1.0})
    assert found.tags == {"truthfulness": 3, "durability": 3, "uniqueness": 2}
    assert found.outsider == pytest.approx(0.05)

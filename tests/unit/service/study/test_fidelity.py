from __future__ import annotations

from pathlib import Path
from typing import Any

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


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a dry run: every interval reaches a tenth to both sides."""
    known = row["truthfulness"]
    low, high = (None, None) if known is None else (known - 0.1, known + 0.1)
    return {"stage": "all", **row, "truthfulness_low": low, "truthfulness_high": high}


class _Printed(Stage):
    """A stage whose commands only print."""

    def at(self, now: str) -> Stage:
        return _Printed(self.folder, now)

    def run(self, *arguments: str) -> bytes:
        if "--dry-run" in arguments:
            return orjson.dumps({"rows": [_told(row) for row in ROWS]})
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
    assert found.readings.keys() == module.READINGS.keys()
    for reading in found.readings.values():  # truths are .8, .7, .1; told are .9, .6, .3
        assert reading.tags == ["a", "b", "c"]
        assert reading.error == pytest.approx(0.2 / 3)
        assert reading.covered == pytest.approx(2 / 3)
        assert reading.half_width == pytest.approx(0.1)


def test_readings_of_several_banks_are_judged_together() -> None:
    one = module.Reading(["a"], [0.5], [0.6], [0.4], [0.8])
    other = module.Reading(["a", "b"], [0.1, 0.9], [0.3, 0.7], [0.2, 0.5], [0.4, 0.8])
    both = module.Reading.joined([one, other])
    assert both.tags == ["a", "a", "b"]
    assert both.error == pytest.approx(0.1 / 3)
    assert both.covered == pytest.approx(1 / 3)
    assert both.half_width == pytest.approx(0.15)

"""How well measured tag quality agrees with the written truth, and with what an outsider measures from files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from scipy import stats

from service.study.stage import Stage

MEASURES = ("truthfulness", "durability", "uniqueness")


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Spearman's rank correlation of each measure with its truth over `tags` tags, and the outsider's differences."""

    seed: int
    tags: dict[str, int]
    spearman: dict[str, float]
    outsider: float

    def document(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return dataclasses.asdict(self)


def fidelity(stage: Stage, truth: Path, seed: int) -> Fidelity:
    """Compare `tags quality` of a bank with its truth, then export, import elsewhere and measure again."""
    quality = orjson.loads(stage.run("tags", "quality", "--json"))
    measured = _by_tag(quality)
    true = {row["tag"]: row for row in pq.read_table(truth).to_pylist()}
    tags, spearman = {}, {}
    for measure in MEASURES:
        pairs = np.array(
            [
                (row[measure], true[tag][measure])
                for tag, row in measured.items()
                if tag in true and row[measure] is not None and true[tag][measure] is not None
            ],
            dtype=np.float64,
        ).reshape(-1, 2)
        pairs = pairs[np.isfinite(pairs).all(axis=1)]
        tags[measure] = len(pairs)
        spearman[measure] = float(stats.spearmanr(pairs[:, 0], pairs[:, 1]).statistic)
    return Fidelity(seed, tags, spearman, _outsider(stage, quality))


def _outsider(stage: Stage, quality: dict[str, Any]) -> float:
    """The largest difference in any measure of any tag between this bank and one made of its exported folder."""
    now = quality["measured_at"]
    exported = stage.folder / "exported"
    stage.at(now).run("export", str(exported))
    other = Stage(stage.folder / "outsider", now)
    other.data.mkdir(parents=True)
    other.run("import", str(exported))
    other.run("attribute")
    other.run("measure-tags")
    again = _by_tag(orjson.loads(other.run("tags", "quality", "--json")))
    here = _by_tag(quality)
    if here.keys() != again.keys():
        return float("inf")
    differences = [
        abs((here[tag][measure] or 0.0) - (again[tag][measure] or 0.0)) for tag in here for measure in (*MEASURES, "q")
    ]
    return max(differences, default=0.0)


def _by_tag(quality: dict[str, Any]) -> dict[str, Any]:
    """The row of each tag over all stages."""
    return {row["tag"]: row for row in quality["tags"]}

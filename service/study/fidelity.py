"""How well measured tag quality agrees with the written truth, and with what an outsider measures from files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq

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
    from scipy import stats  # noqa: PLC0415 - a fifth of the start of every command

    quality = orjson.loads(stage.run("tags", "quality", "--json"))
    measured = {tag: row for (tag, level), row in _rows(quality).items() if level == "all"}
    true = {row["tag"]: row for row in pq.read_table(truth).to_pylist()}
    tags, spearman = {}, {}
    for measure in MEASURES:
        pairs = np.array(
            [(row[measure], true[tag][measure]) for tag, row in measured.items() if tag in true], dtype=np.float64
        ).reshape(-1, 2)
        pairs = pairs[np.isfinite(pairs).all(axis=1)]
        tags[measure] = len(pairs)
        spearman[measure] = float(stats.spearmanr(pairs[:, 0], pairs[:, 1]).statistic)
    return Fidelity(seed, tags, spearman, _outsider(stage, quality))


def _outsider(stage: Stage, quality: dict[str, Any]) -> float:
    """The largest difference in any number of any tag between this bank and one made of its exported folder."""
    now = max(tag["measured_at"] for tag in quality["tags"] if tag["levels"])
    exported = stage.folder / "exported"
    stage.at(now).run("export", str(exported))
    other = Stage(stage.folder / "outsider", now)
    other.data.mkdir(parents=True)
    other.run("import", str(exported))
    other.run("attribute")
    other.run("measure-tags")
    here, again = _rows(quality), _rows(orjson.loads(other.run("tags", "quality", "--json")))
    if here.keys() != again.keys():
        return float("inf")
    return max(
        (_distance(here[place][name], again[place][name]) for place in here for name in here[place]), default=0.0
    )


def _distance(one: Any, other: Any) -> float:  # noqa: ANN401 - two JSON values
    """How far apart two values are: numbers by their difference, all else infinitely unless equal."""
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other)
    return 0.0 if one == other else float("inf")


def _rows(quality: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """What was measured of each tag on each level; weights are no part of it: they depend on every earlier day."""
    return {(tag["tag"], level["stage"]): level for tag in quality["tags"] for level in tag["levels"]}

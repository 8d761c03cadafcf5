"""How well measured tag quality agrees with the written truth, and with what an outsider measures from files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq

from recommender.tag_quality.tag_life import COUNTING
from recommender.training_data import Floats
from service.bootstrap import runtime_of
from service.progress import silent
from service.settings import load_settings
from service.study.found_out import FoundOut, found_out
from service.study.stage import Stage
from service.tag_evidence import tag_evidence
from service.tag_lives import given

MEASURES = ("truthfulness", "durability", "uniqueness")
WRONG_SHARE = 0.3
READINGS = {
    "organic, hold-out": "organic,holdout",
    "organic, hold-out, exploration": "organic,holdout,ipw",
    "naive: all, also after cards": "organic,holdout,ipw,exposed",
}
"""On which evidence truthfulness is read: what is in force, with explored cards, and without any care."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Truthfulness of tags, one entry each: the true one, the measured one and its interval of 95 %."""

    tags: list[str]
    true: list[float]
    told: list[float]
    low: list[float]
    high: list[float]

    @property
    def error(self) -> float:
        """The mean signed error."""
        return float(np.mean(np.subtract(self.told, self.true)))

    @property
    def covered(self) -> float:
        """The share of tags whose interval covers the truth."""
        inside = (np.array(self.low) <= self.true) & (self.true <= np.array(self.high))
        return float(inside.mean())

    @property
    def half_width(self) -> float:
        """Half of the median interval."""
        return float(np.median(np.subtract(self.high, self.low)) / 2)

    @property
    def spearman(self) -> float:
        """Rank correlation of the measured with the true."""
        return _spearman(self.true, self.told)

    @classmethod
    def joined(cls, readings: Sequence[Reading]) -> Reading:
        """Those of several banks as one."""
        columns = [[one for part in readings for one in getattr(part, field.name)] for field in dataclasses.fields(cls)]
        return cls(*columns)


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Spearman's rank correlation of each measure with its truth over `tags` tags, `readings` of truthfulness by
    evidence, what becomes of tags that go wrong, and the outsider's largest difference.
    """

    seed: int
    tags: dict[str, int]
    spearman: dict[str, float]
    readings: dict[str, Reading]
    found_out: FoundOut
    outsider: float

    def document(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return dataclasses.asdict(self)


def fidelity(stage: Stage, truth: Path, seed: int) -> Fidelity:
    """Compare `tags quality` of a bank with its truth, then export, import elsewhere and measure again."""
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
        spearman[measure] = _spearman(pairs[:, 0], pairs[:, 1])
    now = max(tag["measured_at"] for tag in quality["tags"] if tag["levels"])
    readings = {name: _reading(stage.at(now), sources, true) for name, sources in READINGS.items()}
    return Fidelity(seed, tags, spearman, readings, _found_out(stage.at(now), seed), _outsider(stage, quality, now))


def _spearman(one: Sequence[float] | Floats, other: Sequence[float] | Floats) -> float:
    from scipy import stats  # noqa: PLC0415 - a fifth of the start of every command

    return float(stats.spearmanr(one, other).statistic)


def _reading(stage: Stage, sources: str, true: Mapping[str, Mapping[str, Any]]) -> Reading:
    """What a dry run on some evidence says of every tag whose truth is known."""
    told = orjson.loads(stage.run("measure-tags", "--dry-run", "--evidence", sources, "--json"))
    name, (low, high) = "truthfulness", ("truthfulness_low", "truthfulness_high")
    rows = [
        (row["tag"], true[row["tag"]][name], row[name], row[low], row[high])
        for row in told["rows"]
        if row["stage"] == "all" and row[name] is not None and true.get(row["tag"], {}).get(name) is not None
    ]
    return Reading(*(list(column) for column in zip(*rows, strict=True))) if rows else Reading([], [], [], [], [])


def _found_out(stage: Stage, seed: int) -> FoundOut:
    """Three in ten of the tags go wrong, in memory."""
    settings = load_settings({}, {"data_dir": str(stage.data), "now": stage.now, "log_level": "error"})
    with runtime_of(settings) as runtime:
        evidence, _ = tag_evidence(runtime, runtime.clock.now_us(), silent)
        items = runtime.store.tag_version(runtime.worlds.last().versions.tags)
    trusted = np.array([given(item) in COUNTING and item["kind"] != "latent" for item in items], dtype=np.bool_)
    return found_out(evidence, trusted, WRONG_SHARE, seed)


def _outsider(stage: Stage, quality: dict[str, Any], now: str) -> float:
    """The largest difference in any number of any tag between this bank and one made of its exported folder."""
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

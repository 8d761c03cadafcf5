"""Does the shelf get better by learning? The same banks live twice: learning weekly, and with all frozen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from service.progress import Progress
from service.study.fidelity import Fidelity, fidelity
from service.study.interval import Interval, over_seeds
from service.study.stage import Size, found, live

Curve = NDArray[np.float64]
OPTIONS = {"learning": "--learn", "frozen": "--frozen"}
"""The ways to live, and the option of `simulate --live` that makes a bank live so."""
MEASURES = {"preference": ("value", "best"), "wishes": ("wished", "best_wished")}
"""What a shelf is worth: the columns of its true value and of the best possible one."""
LATE_WEEKS = 4
"""The last weeks, whose mean is compared with what was before learning and between the two ways."""


@dataclass(frozen=True, slots=True)
class Study:
    """Weekly value of the personal shelves, [seeds, weeks] by measure and way, and the fidelity of tag quality by seed.

    Nothing is learnt in the first `warm_up` weeks.
    """

    seeds: tuple[int, ...]
    warm_up: int
    curves: dict[str, dict[str, Curve]]
    fidelity: tuple[Fidelity, ...]

    def rise(self, measure: str, way: str) -> Interval:
        """Mean of the last weeks less that of the last ones of the warm-up (the first week without one), over seeds."""
        curve = self.curves[measure][way]
        before = curve[:, max(0, self.warm_up - LATE_WEEKS) : max(1, self.warm_up)].mean(axis=1)
        return over_seeds((_late(curve) - before).tolist())

    def gain(self, measure: str) -> Interval:
        """Learning less frozen, mean of the last weeks, paired by seed."""
        curves = self.curves[measure]
        return over_seeds((_late(curves["learning"]) - _late(curves["frozen"])).tolist())

    def document(self) -> dict[str, Any]:
        """Everything measured, for JSON."""
        return {
            "seeds": list(self.seeds),
            "warm_up": self.warm_up,
            "curves": {name: {way: curve.tolist() for way, curve in of.items()} for name, of in self.curves.items()},
            "rise": {name: {way: self.rise(name, way)._asdict() for way in self.curves[name]} for name in MEASURES},
            "gain": {name: self.gain(name)._asdict() for name, of in self.curves.items() if len(of) > 1},
            "late_weeks": LATE_WEEKS,
            "tag_quality": [one.document() for one in self.fidelity],
        }


def study(
    folder: Path, size: Size, seeds: Sequence[int], progress: Progress, ways: Sequence[str] = ("learning", "frozen")
) -> Study:
    """The lives of every seed's bank, under `folder`; the learning one is always among them. Raises Refused."""
    progress("seeds", 0, len(seeds))
    lives = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # the work is in child processes
        pending = [pool.submit(_lives, folder, size, seed, ways) for seed in seeds]
        for done, one in enumerate(pending, start=1):
            lives.append(one.result())
            progress("seeds", done, len(seeds))
    curves = {name: {way: np.array([life.curves[name][way] for life in lives]) for way in ways} for name in MEASURES}
    return Study(tuple(seeds), size.warm_up, curves, tuple(life.fidelity for life in lives))


class _Lives(NamedTuple):
    curves: dict[str, dict[str, Curve]]
    fidelity: Fidelity


def _lives(folder: Path, size: Size, seed: int, ways: Sequence[str]) -> _Lives:
    """The bank is simulated once and copied before it lives."""
    first = found(folder / f"{seed}-{ways[0]}", size, seed)
    stages = {way: first if way == ways[0] else first.copy(folder / f"{seed}-{way}") for way in ways}
    truth = {way: live(stage, size, seed, OPTIONS[way]) for way, stage in stages.items()}
    curves = {
        name: {way: weekly_value(truth[way] / "weeks.parquet", size.weeks, name) for way in ways} for name in MEASURES
    }
    return _Lives(curves, fidelity(stages["learning"], truth["learning"] / "tags.parquet", seed))


def _late(curve: Curve) -> Curve:
    late: Curve = curve[:, -LATE_WEEKS:].mean(axis=1)
    return late


def weekly_value(path: Path, weeks: int, measure: str = "preference") -> Curve:
    """True value of all personal shelves of each week over the best possible one; nan for a week without any."""
    columns = ("week", *MEASURES[measure])
    rows = pq.read_table(path, columns=["mode", *columns])
    personal = np.array([mode == "personal" for mode in rows["mode"].to_pylist()], dtype=np.bool_)
    week, value, best = (rows[name].to_numpy()[personal] for name in columns)
    reached, possible = (np.bincount(week - 1, weights=column, minlength=weeks) for column in (value, best))
    known = possible > 0
    curve: Curve = np.full(weeks, np.nan)
    curve[known] = reached[known] / possible[known]
    return curve

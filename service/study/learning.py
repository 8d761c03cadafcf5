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
WAYS = ("learning", "frozen")
LATE_WEEKS = 4
"""The last weeks, whose mean is compared with that of the first weeks and between the two ways."""


@dataclass(frozen=True, slots=True)
class Study:
    """Weekly value of the personal shelves, [seeds, weeks] for each way, and the fidelity of tag quality by seed."""

    seeds: tuple[int, ...]
    curves: dict[str, Curve]
    fidelity: tuple[Fidelity, ...]

    def rise(self, way: str) -> Interval:
        """Mean of the last weeks less the first week's, over seeds."""
        curve = self.curves[way]
        return over_seeds((_late(curve) - curve[:, 0]).tolist())

    def gain(self) -> Interval:
        """Learning less frozen, mean of the last weeks, paired by seed."""
        return over_seeds((_late(self.curves["learning"]) - _late(self.curves["frozen"])).tolist())

    def document(self) -> dict[str, Any]:
        """Everything measured, for JSON."""
        return {
            "seeds": list(self.seeds),
            "curves": {way: curve.tolist() for way, curve in self.curves.items()},
            "rise": {way: self.rise(way)._asdict() for way in WAYS},
            "gain": self.gain()._asdict(),
            "late_weeks": LATE_WEEKS,
            "tag_quality": [one.document() for one in self.fidelity],
        }


def study(folder: Path, size: Size, seeds: Sequence[int], options: Sequence[str], progress: Progress) -> Study:
    """Both lives of every seed's bank, under `folder`; `options` go to `simulate --live`. Raises Refused."""
    progress("seeds", 0, len(seeds))
    lives = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # the work is in child processes
        pending = [pool.submit(_both_lives, folder, size, seed, options) for seed in seeds]
        for done, one in enumerate(pending, start=1):
            lives.append(one.result())
            progress("seeds", done, len(seeds))
    curves = {way: np.array([life.curves[way] for life in lives]) for way in WAYS}
    return Study(tuple(seeds), curves, tuple(life.fidelity for life in lives))


class _Lives(NamedTuple):
    curves: dict[str, Curve]
    fidelity: Fidelity


def _both_lives(folder: Path, size: Size, seed: int, options: Sequence[str]) -> _Lives:
    first = found(folder / f"{seed}-{WAYS[0]}", size, seed)
    second = first.copy(folder / f"{seed}-{WAYS[1]}")
    learnt = live(first, size, seed, "--learn", *options)
    frozen = live(second, size, seed, "--frozen", *options)
    curves = {
        way: weekly_value(truth / "weeks.parquet", size.weeks)
        for way, truth in zip(WAYS, (learnt, frozen), strict=True)
    }
    return _Lives(curves, fidelity(first, learnt / "tags.parquet", seed))


def _late(curve: Curve) -> Curve:
    late: Curve = curve[:, -LATE_WEEKS:].mean(axis=1)
    return late


def weekly_value(path: Path, weeks: int) -> Curve:
    """True value of all personal shelves of each week over the best possible one; nan for a week without any."""
    rows = pq.read_table(path, columns=["week", "mode", "value", "best"])
    personal = np.array([mode == "personal" for mode in rows["mode"].to_pylist()], dtype=np.bool_)
    week, value, best = (rows[name].to_numpy()[personal] for name in ("week", "value", "best"))
    reached, possible = (np.bincount(week - 1, weights=column, minlength=weeks) for column in (value, best))
    known = possible > 0
    curve: Curve = np.full(weeks, np.nan)
    curve[known] = reached[known] / possible[known]
    return curve

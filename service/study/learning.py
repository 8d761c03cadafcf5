"""Does the shelf get better by learning? The same banks live twice: learning weekly, and with all frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        return over_seeds((curve[:, -LATE_WEEKS:].mean(axis=1) - curve[:, 0]).tolist())

    def gain(self) -> Interval:
        """Learning less frozen, mean of the last weeks, paired by seed."""
        late = {way: curve[:, -LATE_WEEKS:].mean(axis=1) for way, curve in self.curves.items()}
        return over_seeds((late["learning"] - late["frozen"]).tolist())

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
    curves: dict[str, list[Curve]] = {way: [] for way in WAYS}
    checked = []
    for done, seed in enumerate(seeds):
        progress("seeds", done, len(seeds))
        first = found(folder / f"{seed}-{WAYS[0]}", size, seed)
        second = first.copy(folder / f"{seed}-{WAYS[1]}")
        learnt = live(first, size, seed, "--learn", *options)
        frozen = live(second, size, seed, "--frozen", *options)
        curves["learning"].append(weekly_value(learnt / "weeks.parquet"))
        curves["frozen"].append(weekly_value(frozen / "weeks.parquet"))
        checked.append(fidelity(first, learnt / "tags.parquet", seed))
    progress("seeds", len(seeds), len(seeds))
    return Study(tuple(seeds), {way: np.array(rows) for way, rows in curves.items()}, tuple(checked))


def weekly_value(path: Path) -> Curve:
    """Mean share of the best possible value that the personal shelves of each week reached."""
    rows = pq.read_table(path, columns=["week", "mode", "value", "best"])
    personal = np.array([mode == "personal" for mode in rows["mode"].to_pylist()])
    week, value, best = (rows[name].to_numpy()[personal] for name in ("week", "value", "best"))
    weeks = np.unique(week)
    known = best > 0
    return np.array([(value[(week == one) & known] / best[(week == one) & known]).mean() for one in weeks])

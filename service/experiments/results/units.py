"""The customers of an experiment as columns: which arm each saw, when first, and what each did before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import orjson
from numpy.typing import NDArray

from recommender.training_data import Bools, Floats, Ints
from service.experiments.spec import Metric, Spec

DAY_US = 86_400_000_000
TIERS = ("fixed", "migratable", "transferable")
NOBODY = np.zeros(0, dtype=np.int64)
Words = NDArray[np.str_]
Window = tuple[str, int]
"""A measure (`service.experiments.measures`) and a number of days."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """One entry a customer that was exposed in exactly one arm, [n] in every column.

    `arm` is a place among the experiment's arms (0: the control), `first_us` the earliest exposure of the phase,
    `tiers` a bit for each of `TIERS` that the customer saw. `after` holds the totals of a measure in the days from the
    first exposure, `before` in as many days before it. A column that is left out is not told of. `is_same`,
    [n, arms]: the control and the arm of the column are known to have had the very same shelf each time, told of their
    customers alone. `lag_s`: seconds from the shelf to its first card seen, nan where that is not known.
    """

    customer: Sequence[str] | Ints
    arm: Ints
    first_us: Ints
    after: Mapping[Window, Floats]
    before: Mapping[Window, Floats] = field(default_factory=dict)
    tiers: Ints | None = None
    segment: Words | None = None
    stage: Words | None = None
    channel: Words | None = None
    is_same: Bools | None = None
    lag_s: Floats | None = None

    def __len__(self) -> int:
        return len(self.arm)

    def sha256(self) -> str:
        """Of the rows in the order of customers: what arm, when, which tiers, and every total."""
        of = [(*key, "after") for key in sorted(self.after)] + [(*key, "before") for key in sorted(self.before)]
        found = sha256(orjson.dumps(of))
        columns = [self.after[key] for key in sorted(self.after)] + [self.before[key] for key in sorted(self.before)]
        names = np.asarray(self.customer)
        for place in np.argsort(names, kind="stable"):
            tiers = 0 if self.tiers is None else int(self.tiers[place])
            row = [str(names[place]), int(self.arm[place]), int(self.first_us[place]), tiers]
            found.update(orjson.dumps([*row, *(float(column[place]) for column in columns)]))
        return found.hexdigest()


def metrics_of(spec: Spec) -> Iterator[Metric]:
    """All metrics that an experiment names: primary, secondary, guardrails."""
    yield from (*spec.primary, *spec.secondary, *(guardrail.metric for guardrail in spec.guardrails))


def windows_of(spec: Spec) -> tuple[set[Window], set[Window]]:
    """What `Units.after` and `Units.before` have to hold for an experiment."""
    after, before = set(), set()
    for metric in metrics_of(spec):
        after |= {(name, metric.window_days) for name in (metric.num, metric.den) if name is not None}
        if metric.covariate and metric.kind != "ratio":
            before.add((metric.num, metric.window_days))
    return after, before


def mature(units: Units, metric: Metric, as_of_us: int, *, mature_only: bool = True) -> Bools:
    """Which customers count at a time: a window of more than a day must have passed."""
    if metric.window_days <= 1 or not mature_only:
        return np.asarray(units.first_us <= as_of_us)
    return np.asarray(units.first_us + metric.window_days * DAY_US <= as_of_us)

"""What a week came to, as numbers."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.simulate.chance import Bools, Floats, Ints
from service.simulate.live.marks import ARM, LIFTED, TASK
from service.simulate.live.shelves import MODES

PURCHASES = ("purchase", "top_up")


@dataclass(frozen=True)
class Week:
    """One week; `value_*` are true values of shelves as shares of the best possible ones (0 where there was none).

    `promoted`: 1 where a model trained after the week was put in force.
    """

    week: int
    shelves: int
    personal: int
    impressions: int
    clicks: int
    purchases: int
    through_shelf: int
    lifted: int
    by_task: int
    by_arm: int
    dismissals: int
    tags: int
    events: int
    rejected: int
    value: float
    value_personal: float
    value_nonpersonal: float
    value_holdout: float
    seconds: float
    promoted: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The numbers by name."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Shown:
    """One entry a shelf: week (from 1), customer, place of its decision, mode, true value and best possible value."""

    week: Ints
    customer: Ints
    decision: Ints
    mode: Ints
    cards: Ints
    value: Floats
    best: Floats
    wished: Floats
    best_wished: Floats


def together(shown: list[Shown]) -> Shown:
    """Many as one."""
    names = [field.name for field in dataclasses.fields(Shown)]
    return Shown(*(np.concatenate([getattr(one, name) for one in shown]) for name in names))


def summed(number: int, shown: Shown, marks: Mapping[str, Ints], counts: Counter[str], seconds: float) -> Week:
    """The summary of a week out of its shelves, its purchases and what was sent."""
    origin = np.bincount(marks["origin"], minlength=4)
    kinds = {name: count for name, count in counts.items() if name not in {"rejected", "cash_flows", "tags"}}
    return Week(
        week=number,
        shelves=shown.mode.size,
        personal=int((shown.mode == MODES.index("personal")).sum()),
        impressions=counts["impression"],
        clicks=counts["click"],
        purchases=marks["origin"].size,
        through_shelf=int((marks["shelf"] >= 0).sum()),
        lifted=int(origin[LIFTED]),
        by_task=int(origin[TASK]),
        by_arm=int(origin[ARM]),
        dismissals=counts["dismiss"],
        tags=counts["tags"],
        events=sum(kinds.values()),
        rejected=counts["rejected"],
        value=_ratio(shown, np.ones(shown.mode.size, dtype=np.bool_)),
        value_personal=_ratio(shown, shown.mode == MODES.index("personal")),
        value_nonpersonal=_ratio(shown, shown.mode == MODES.index("nonpersonal")),
        value_holdout=_ratio(shown, shown.mode == MODES.index("holdout")),
        seconds=seconds,
    )


def _ratio(shown: Shown, which: Bools) -> float:
    best = float(shown.best[which].sum())
    return float(shown.value[which].sum()) / best if best > 0 else 0.0

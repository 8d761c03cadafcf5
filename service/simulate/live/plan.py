"""How the living bank is to live on: for how long, and how its customers react."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.errors import Refused
from service.simulate.run import SimulationSize

LEARNING = ("snapshot-tiers", "attribute", "measure-tags", "infer-tags", "train")
"""The jobs of a service that keeps learning, in the order of a day."""
FROZEN = ("snapshot-tiers",)
"""The jobs of one that only keeps its daily bookkeeping."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run is told.

    `size` and `until` are those of the simulated bank that the service has imported. `exposure_lift`: how many times
    more often a product is bought in the week after its card was seen. `task_effect`: by what share the odds of a
    preference rise when a task of its category is taken up. `arms`: factor of clicks and purchases on shelves of an
    arm or policy. `visits`: mean visits a week of a customer who is active at all. `jobs`: run after every week,
    in the first `warm_up` weeks only the bookkeeping among them. `market_turn`: the standard deviation of what the four
    weeks after the warm-up add to everybody's logit of preference for each category.
    """

    weeks: int
    until: dt.date
    size: SimulationSize = field(default_factory=SimulationSize)
    exposure_lift: float = 1.5
    task_effect: float = 0.3
    arms: Mapping[str, float] = field(default_factory=dict)
    visits: float = 0.8
    jobs: tuple[str, ...] = ()
    warm_up: int = 0
    market_turn: float = 0.0

    def jobs_after(self, week: int) -> tuple[str, ...]:
        """The jobs after a week, counted from 0."""
        return self.jobs if week >= self.warm_up else tuple(job for job in self.jobs if job in FROZEN)

    def check(self) -> None:
        """Raises Refused where no such life is possible."""
        rules = (
            (1 <= self.weeks <= 520, "weeks: from 1 to 520"),
            (1.0 <= self.exposure_lift <= 20.0, "exposure-lift: from 1 to 20"),
            (0.0 <= self.task_effect <= 20.0, "task-effect: from 0 to 20"),
            (0 <= self.warm_up < self.weeks, "warm-up: weeks, fewer than are lived"),
            (0.0 <= self.market_turn <= 5.0, "market-turn: from 0 to 5"),
            (0.0 < self.visits <= 20.0, "visits: above 0, up to 20"),
            (all(0.0 <= lift <= 20.0 for lift in self.arms.values()), "arm: a lift from 0 to 20"),
        )
        faults = [rule for holds, rule in rules if not holds]
        if faults:
            raise Refused("; ".join(faults))
        try:
            self.size.check()
        except ValueError as error:
            raise Refused(str(error)) from None


def read_arms(texts: list[str]) -> dict[str, float]:
    """`NAME:LIFT` as a mapping; raises Refused naming the text at fault."""
    arms = {}
    for text in texts:
        name, _, lift = text.rpartition(":")
        try:
            arms[name] = float(lift)
        except ValueError:
            name = ""
        if not name:
            raise Refused(f"--arm {text}: must be NAME:LIFT, such as variant:1.2")
    return arms

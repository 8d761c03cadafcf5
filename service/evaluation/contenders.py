"""The models of the table: which there are for a data set and a task, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from recommender.evaluation.baselines.als import AlsChoice, als
from recommender.evaluation.baselines.bought_when_eligible import bought_when_eligible
from recommender.evaluation.baselines.ease import MOST_ITEMS as EASE_ITEMS
from recommender.evaluation.baselines.ease import ease
from recommender.evaluation.baselines.item_item import item_item
from recommender.evaluation.baselines.personal_frequency import personal_frequency
from recommender.evaluation.baselines.popularity import popularity
from recommender.evaluation.baselines.random_order import random_order
from recommender.evaluation.baselines.ridge import MOST_ITEMS as RIDGE_ITEMS
from recommender.evaluation.baselines.ridge import ridge
from recommender.evaluation.candidates import Task
from recommender.evaluation.dataset import Dataset
from recommender.evaluation.study import Fit

WINDOW_DAYS = 60
POPULARITIES = ("popularity", f"popularity_{WINDOW_DAYS}d")
HELD_LAST = "_held_last"
HUOJIA = "huojia"
BASELINES = (
    "random",
    "popularity",
    f"popularity_{WINDOW_DAYS}d",
    "bought_when_eligible",
    "personal_frequency",
    "als_default",
    "als_tuned",
    "item_item",
    "ease",
    "ridge",
)
NAMES = (*BASELINES, *(name + HELD_LAST for name in BASELINES if name != "random"), HUOJIA)
"""Every name that a row can have."""

FEW_ITEMS = 500
_FEW = ((2, 1.0, 1.0), (2, 100.0, 10.0), (4, 10.0, 4.0), (4, 100.0, 2.0), (8, 10.0, 4.0), (8, 100.0, 1.0))
_MANY = ((32, 1.0, 4.0), (64, 1.0, 4.0), (64, 10.0, 10.0), (128, 10.0, 10.0), (128, 10.0, 40.0))
_L2 = (10.0, 300.0, 5_000.0, 10_000.0)
_L2_LARGE = 300.0


class Contender(NamedTuple):
    """A row of the table: how its model is fitted, and whether held products are then moved last."""

    name: str
    fit: Fit
    settings: str = ""
    is_baseline: bool = True
    probabilities: bool = False
    held_last: bool = False

    @property
    def row(self) -> str:
        """The name of the row in the table."""
        return self.name + HELD_LAST * self.held_last


class Tunable(NamedTuple):
    """A model of which one of several settings is to be chosen."""

    name: str
    fits: Mapping[str, Fit]


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be fitted on a data set cut at the split, for a task; `left_out` says why a model cannot."""

    data: Dataset
    task: Task
    seed: int
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def holds_last(self) -> bool:
        """Whether held products compete, so that every model is also shown with them moved last."""
        return self.task == "all" and self.data.knows_holdings

    def tunable(self) -> list[Tunable]:
        """Models with a choice of settings."""
        choices = [AlsChoice(*one) for one in (_FEW if self.data.items <= FEW_ITEMS else _MANY)]
        factors = {
            f"F {one.factors}, reg {one.regularization:g}, alpha {one.alpha:g}": partial(
                als, choice=one, seed=self.seed
            )
            for one in choices
        }
        penalties = _L2 if self.data.items <= EASE_ITEMS else (_L2_LARGE,)
        linear = {f"l2 {l2:g}": partial(ease, l2=l2) for l2 in penalties}
        return [Tunable("als_tuned", factors), Tunable("ease", linear)]

    def fixed(self) -> dict[str, Fit]:
        """Models without a choice, by name."""
        found: dict[str, Fit] = {
            "random": partial(random_order, seed=self.seed),
            "popularity": popularity,
            f"popularity_{WINDOW_DAYS}d": partial(popularity, days=WINDOW_DAYS),
            "bought_when_eligible": bought_when_eligible,
            "personal_frequency": personal_frequency,
            "als_default": partial(als, choice=AlsChoice(), seed=self.seed),
            "item_item": item_item,
            "ridge": ridge,
        }
        if not self.data.clocked:
            self.left_out[f"popularity_{WINDOW_DAYS}d"] = "the baskets have no dates"
        if not len(self.data.eligibility):
            self.left_out["bought_when_eligible"] = "no eligibility before the split"
        if self.data.items > RIDGE_ITEMS:
            self.left_out["ridge"] = f"{self.data.items:,} products, at most {RIDGE_ITEMS:,}"
        return {name: fit for name, fit in found.items() if name not in self.left_out}


def with_held_last(contenders: Sequence[Contender]) -> list[Contender]:
    """Each baseline, and after it the same with held products moved last; chance alone has none."""
    found = []
    for one in contenders:
        found.append(one)
        if one.is_baseline and one.name != "random":
            found.append(one._replace(held_last=True))
    return found

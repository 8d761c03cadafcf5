"""The choice among settings of one model by the rankings before those that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.evaluation.baselines.held_last import held_last
from recommender.evaluation.basket import basket
from recommender.evaluation.candidates import Task
from recommender.evaluation.dataset import Dataset
from recommender.evaluation.rankings import Split
from recommender.evaluation.study import Fit, Study
from recommender.evaluation.window import window
from recommender.training_data import Ints

OTHER_CUSTOMERS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """Rankings that lie before the ones asked for; everything in them may be learned from."""

    study: Study

    @classmethod
    def of_window(cls, data: Dataset, start: int, end: int, *, task: Task, k: int) -> Tuning:
        """From the last observation before `start`, without snapshots from as long before it as the window is long."""
        before = data.before(start)
        earlier = before.snapshots.time[before.snapshots.time < start]
        since = int(earlier.max()) if len(earlier) else 2 * start - end
        return cls(Study.of(window(before, since, start), task, k))

    @classmethod
    def of_baskets(cls, split: Split, asked: Ints, *, task: Task, k: int, seed: int) -> Tuning:
        """The last baskets of 1,000 customers whose own are not asked for."""
        others = np.setdiff1d(np.unique(split.before.purchases.customer), asked)
        chosen = np.random.default_rng(seed).permutation(others)[:OTHER_CUSTOMERS]
        return cls(Study.of(basket(split.before, chosen), task, k))

    def maps(self, fits: Mapping[str, Fit], *, hold_last: bool) -> dict[str, float]:
        """MAP@k of each by its name; with `hold_last` the better of it as it is and with held products moved last.

        Empty without a ranking.
        """
        if not len(self.study.rankings):
            return {}
        return {name: self._map(fit, hold_last=hold_last) for name, fit in fits.items()}

    def _map(self, fit: Fit, *, hold_last: bool) -> float:
        score = fit(self.study.known)
        scores = [score, held_last(self.study.known, score)] if hold_last else [score]
        return max(self.study.measure(one).measures.means()["map"] for one in scores)

"""One evaluation: models that learned from what was before rank everybody and are measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from recommender.evaluation.calibration_error import CalibrationError
from recommender.evaluation.candidates import Candidates, Task
from recommender.evaluation.known import Known
from recommender.evaluation.measures import Measures
from recommender.evaluation.ordered import Ordered
from recommender.evaluation.rankings import Rankings, Split
from recommender.training_data import Floats, Ints

_BLOCK_CELLS = 1 << 22

Score = Callable[[Ints], Floats]
"""The scores [customers, items] of some customers, given by number."""

Fit = Callable[[Known], Score]
"""Learns from what is known and gives the scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What was measured of one model; `ece` is None where its scores are no probabilities."""

    measures: Measures
    coverage: float
    ece: float | None
    rank_us: float


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A split and a task: rankings left without a truth by the task are dropped (`without_truth`)."""

    known: Known
    rankings: Rankings
    candidates: Candidates
    k: int
    without_truth: int = 0

    @classmethod
    def of(cls, split: Split, task: Task, k: int) -> Study:
        """The study of a task on a split."""
        known = Known(split.before, split.time)
        permitted = Candidates.of(task, known, split.rankings).permitted(split.rankings.truth)
        kept = np.diff(permitted.indptr) > 0
        rankings = Rankings(split.rankings.customer, permitted, split.rankings.eligible).where(kept)
        return cls(known, rankings, Candidates.of(task, known, rankings), k, int((~kept).sum()))

    def measure(
        self, score: Score, *, probabilities: bool = False, told: Callable[[int], None] | None = None
    ) -> Outcome:
        """Rank block by block; `told` hears how many rankings are done.

        Microseconds a ranking (scores and the order of the first k) are of the wall clock.
        """
        parts, calibration, ranked_s = [], CalibrationError(), 0.0
        shown = np.zeros(self.known.data.items + 1, dtype=np.bool_)
        for rows in self.blocks():
            candidates = self.candidates.block(rows)
            began = time.perf_counter()
            scores = score(self.rankings.customer[rows])
            ordered = Ordered.of(scores, candidates, self.known.tie_order)
            shown[ordered.top(self.k)] = True
            ranked_s += time.perf_counter() - began
            parts.append(self._measures(ordered, rows))
            if probabilities:
                calibration.add(scores[candidates], (self.rankings.truth[rows].toarray() > 0)[candidates])
            if told is not None:
                told(int(rows[-1]) + 1)
        return Outcome(
            measures=Measures.joined(parts),
            coverage=float(shown[:-1].mean()),
            ece=calibration.error(),
            rank_us=1e6 * ranked_s / max(len(self.rankings), 1),
        )

    def blocks(self) -> Iterator[Ints]:
        """The rankings in blocks of bounded memory."""
        step = max(_BLOCK_CELLS // max(self.known.data.items, 1), 1)
        for start in range(0, len(self.rankings), step):
            yield np.arange(start, min(start + step, len(self.rankings)))

    def _measures(self, ordered: Ordered, rows: Ints) -> Measures:
        truth = self.rankings.truth[rows]
        total = np.diff(truth.indptr)
        ranking = np.repeat(np.arange(len(rows)), total)
        return Measures.of(ranking, ordered.places(ranking, truth.indices), total, self.k)

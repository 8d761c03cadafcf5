"""One evaluation: models that learned from what was before rank everybody and are measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from recommender.evaluation.candidates import Candidates, Task
from recommender.evaluation.given_task import given_task
from recommender.evaluation.known import Known
from recommender.evaluation.measures import Measures
from recommender.evaluation.ordered import Ordered
from recommender.evaluation.rankings import Rankings, Split
from recommender.evaluation.reliability import Calibration, Reliability
from recommender.training_data import Bools, Floats, Ints

_BLOCK_CELLS = 1 << 22


class Score(Protocol):
    """The scores [customers, items] of some customers, given by number, and of what each may buy where that is told."""

    def __call__(self, customers: Ints, eligible: Bools | None = None, /) -> Floats: ...


Fit = Callable[[Known], Score]
"""Learns from what is known and gives the scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What was measured of one model.

    The calibrations, over all candidates and over the first k of each ranking, are None where scores are no
    probabilities. They are against what was bought on the first day that the task finds anything on: a probability is
    that of the next occasion.
    """

    measures: Measures
    coverage: float
    rank_us: float
    of_all: Calibration | None = None
    of_shown: Calibration | None = None

    @property
    def ece(self) -> float | None:
        """The expected calibration error over all candidates."""
        return None if self.of_all is None else self.of_all.ece


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
        rankings = replace(split.rankings, truth=permitted).where(kept)
        return cls(known, rankings, Candidates.of(task, known, rankings), k, int((~kept).sum()))

    def measure(
        self, score: Score, *, probabilities: bool = False, told: Callable[[int], None] | None = None
    ) -> Outcome:
        """Rank block by block; `told` hears how many rankings are done.

        Microseconds a ranking (scores and the order of the first k) are of the wall clock.
        """
        of_first = self.rankings.of_first_occasion() if probabilities else self.rankings.truth
        parts, both, ranked_s = [], (Reliability(kept=False), Reliability(kept=True)), 0.0
        shown = np.zeros(self.known.data.items + 1, dtype=np.bool_)
        for rows in self.blocks():
            candidates = self.candidates.block(rows)
            began = time.perf_counter()
            scores = score(self.rankings.customer[rows], self.rankings.free(rows))
            ordered = Ordered.of(scores, candidates, self.known.tie_order)
            top = ordered.top(self.k)
            ranked_s += time.perf_counter() - began
            shown[top] = True
            parts.append(self._measures(ordered, rows))
            if probabilities:
                hits = of_first[rows].toarray() > 0
                chances = self._given_task(scores, candidates)
                both[0].add(chances, hits, candidates)
                first = np.maximum(top, 0)
                own, bought = np.take_along_axis(chances, first, axis=1), np.take_along_axis(hits, first, axis=1)
                both[1].add(own, bought, top >= 0)
            if told is not None:
                told(int(rows[-1]) + 1)
        return Outcome(
            measures=Measures.joined(parts),
            coverage=float(shown[:-1].mean()),
            rank_us=1e6 * ranked_s / max(len(self.rankings), 1),
            of_all=both[0].calibration(),
            of_shown=both[1].calibration(),
        )

    def blocks(self) -> Iterator[Ints]:
        """The rankings in blocks of bounded memory."""
        step = max(_BLOCK_CELLS // max(self.known.data.items, 1), 1)
        for start in range(0, len(self.rankings), step):
            yield np.arange(start, min(start + step, len(self.rankings)))

    def _given_task(self, scores: Floats, candidates: Bools) -> Floats:
        return scores if self.candidates.marked is None else given_task(scores, candidates, self.known.per_occasion)

    def _measures(self, ordered: Ordered, rows: Ints) -> Measures:
        truth = self.rankings.truth[rows]
        total = np.diff(truth.indptr)
        ranking = np.repeat(np.arange(len(rows)), total)
        return Measures.of(ranking, ordered.places(ranking, truth.indices), total, self.k)

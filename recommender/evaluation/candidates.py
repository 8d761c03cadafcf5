"""Which products may stand in a ranking: the whole catalogue less what the task forbids and what is not eligible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from recommender.evaluation.known import Known
from recommender.evaluation.rankings import Rankings
from recommender.training_data import Bools, Ints

Task = Literal["all", "first_time", "repeat", "not_held"]
TASKS: tuple[Task, ...] = ("all", "first_time", "repeat", "not_held")


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """`marked` [rankings, items] are the products that are forbidden, or with `only_marked` the only ones allowed."""

    marked: sparse.csr_matrix | None
    only_marked: bool
    eligible: sparse.csr_matrix | None
    items: int

    @classmethod
    def of(cls, task: Task, known: Known, rankings: Rankings) -> Candidates:
        """first_time: neither held nor bought before; repeat: only those; not_held: not held at the time."""
        marked = None
        if task in {"first_time", "repeat"}:
            marked = known.ever[rankings.customer]
        elif task == "not_held":
            marked = known.held[rankings.customer]
        return cls(marked, task == "repeat", rankings.eligible, known.data.items)

    def block(self, rows: Ints) -> Bools:
        """The candidates of these rankings [rows, items]."""
        allowed = np.ones((len(rows), self.items), dtype=np.bool_)
        if self.marked is not None:
            marked = self.marked[rows].toarray() > 0
            allowed = marked if self.only_marked else ~marked
        if self.eligible is not None:
            eligible = self.eligible[rows].toarray() > 0
            allowed &= eligible | ~eligible.any(axis=1, keepdims=True)
        return allowed

    def permitted(self, truth: sparse.csr_matrix) -> sparse.csr_matrix:
        """The truth without what the task forbids; eligibility forbids nothing that was bought."""
        if self.marked is None:
            return truth
        inside = truth.multiply(self.marked)
        kept = sparse.csr_matrix(inside if self.only_marked else truth - inside)
        kept.eliminate_zeros()
        return kept

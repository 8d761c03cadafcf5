"""Logged draws as columns: who, what came of it, and how likely both policies were to show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from recommender.training_data import Floats, Ints


@dataclass(frozen=True, eq=False)
class LoggedRows:
    """Rows of one slot, one a decision; ValueError names the column that is too short or out of range.

    `customer` numbers from 0 whose decision it was, `action` what stood there, `reward` what came of it. `logged` is
    the chance with which the log drew it, `candidate` the one with which the judged policy would have, given the same.
    `supported` is the share of what that policy would show here that the log could have shown too. `chances` [rows,
    actions] are all chances of that policy, for the doubly robust estimate.
    """

    customer: Ints
    action: Ints
    reward: Floats
    logged: Floats
    candidate: Floats
    supported: Floats
    chances: csr_array | None = None

    def __post_init__(self) -> None:
        for name in ("action", "reward", "logged", "candidate", "supported"):
            if getattr(self, name).shape != self.customer.shape:
                raise ValueError(f"{name}: one value a row, {len(self)}, not {getattr(self, name).shape}")
        for name in ("logged", "candidate", "supported"):
            values = getattr(self, name)
            if not ((values >= 0) & (values <= 1 + 1e-9)).all():
                raise ValueError(f"{name}: lies between 0 and 1")
        if self.chances is not None and self.chances.shape[0] != len(self):
            raise ValueError(f"chances: one row a row, {len(self)}, not {self.chances.shape[0]}")

    @classmethod
    def of(cls, logged: ArrayLike, candidate: ArrayLike, reward: ArrayLike) -> LoggedRows:
        """Rows of a plain log: every row a customer of its own, everything supported, actions not told apart."""
        given = (np.asarray(column, dtype=np.float64) for column in (reward, logged, candidate))
        rewards, was, would = given
        number = np.arange(len(rewards))
        return cls(number, np.zeros_like(number), rewards, was, would, np.ones(len(rewards)))

    def __len__(self) -> int:
        return len(self.customer)

    @cached_property
    def weights(self) -> Floats:
        """Candidate / logged [rows]; 0 where the log states no chance, which the gates refuse."""
        known = self.logged > 0
        return np.divide(self.candidate, self.logged, out=np.zeros(len(self)), where=known)

    @cached_property
    def unknown(self) -> int:
        """Rows without a chance in the log on which the candidate would act."""
        return int(((self.logged <= 0) & (self.candidate > 0)).sum())

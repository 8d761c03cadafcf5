"""The life of a tag: it counts while its carriers are proved to prefer what it claims, and is retired when not."""

from __future__ import annotations

from typing import NamedTuple

CANDIDATE, ACTIVE, WATCH, RETIRED = STATES = ("candidate", "active", "watch", "retired")
COUNTING = frozenset({ACTIVE, WATCH})
"""The states in which a tag counts for something."""
WATCHED_AFTER = 14  # days without proof
RETIRED_AFTER = 28  # further days, on watch
FEWEST_FOLLOWED = 30  # carriers, below which nothing is held against a tag, nor for it
LEAST_COVERAGE = 0.001  # of the customers, for a candidate


class Proof(NamedTuple):
    """What was measured of a tag's precision on a day: `bound` of its 90 % interval, `coverage` carriers a customer."""

    day: int
    followed: float
    bound: float
    base_rate: float
    coverage: float


class TagLife(NamedTuple):
    """Where a tag stands, and since which day its precision has not been proved to exceed the base rate."""

    state: str
    unproved_since: int | None = None

    def after(self, proof: Proof) -> TagLife:
        """Where it stands once a day's precision is known (domain.md §12).

        Proof makes a tag active again wherever it stands, a candidate only where enough customers carry it; a candidate
        without proof stays one. Days are those of the bank; they must not go back.
        """
        if proof.followed < FEWEST_FOLLOWED:
            return self
        if proof.bound > proof.base_rate:
            spread = self.state != CANDIDATE or proof.coverage >= LEAST_COVERAGE
            return TagLife(ACTIVE if spread else CANDIDATE)
        since = proof.day if self.unproved_since is None else self.unproved_since
        return TagLife(self._unproved(proof.day - since), since)

    def _unproved(self, days: int) -> str:
        if self.state == CANDIDATE or days < WATCHED_AFTER:
            return self.state
        return RETIRED if self.state == RETIRED or days >= WATCHED_AFTER + RETIRED_AFTER else WATCH

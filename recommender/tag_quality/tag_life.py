"""The life of a tag: it counts while its carriers are proved to prefer what it claims, and is retired when not."""

from __future__ import annotations

from typing import NamedTuple

CANDIDATE, ACTIVE, WATCH, RETIRED = STATES = ("candidate", "active", "watch", "retired")
COUNTING = frozenset({ACTIVE, WATCH})
"""The states in which a tag counts for something."""
WATCHED_AFTER = 14  # days without proof, and days of proof that bring a retired tag back
RETIRED_AFTER = 28  # further days, on watch
FEWEST_FOLLOWED = 30  # carriers, below which nothing is held against a tag, nor for it
LEAST_COVERAGE = 0.001  # of the customers, for a candidate
MOST_DRIFT, LARGEST_ERROR = 0.25, 0.1  # PSI and ECE beyond which a tag is watched
PRECISION, PSI, ECE, GIVEN = CAUSES = ("precision", "psi", "ece", "given")
EDGE = 1e-9


class Proof(NamedTuple):
    """What was measured of a tag up to a day: its precision's 90 % `bound`, `coverage` as carriers a customer.

    A preference has to be proved: the lower bound, beyond the base rate. An aversion has to be refuted, by the upper
    one: nearly nobody buys what it is about, so that only thousands of carriers could prove it, and to err by leaving
    out is the safer. `psi` says how far its carriers have drifted, `ece` by how much at least they were foretold
    wrongly; nan where it is not known, which is held against nobody.
    """

    day: int
    followed: float
    bound: float
    base_rate: float
    coverage: float
    aversion: bool = False
    psi: float = float("nan")
    ece: float = float("nan")

    @property
    def known(self) -> bool:
        """Whether there is enough to judge by; a rate that is not known (nan) compares with nothing."""
        return self.followed >= FEWEST_FOLLOWED and self.base_rate == self.base_rate

    @property
    def holds(self) -> bool:
        """Whether it speaks for the tag."""
        return self.bound >= self.base_rate - EDGE if self.aversion else self.bound > self.base_rate + EDGE

    @property
    def alarm(self) -> str | None:
        """Why a proved tag is watched all the same."""
        if self.psi > MOST_DRIFT:
            return PSI
        return ECE if self.ece > LARGEST_ERROR else None


class TagLife(NamedTuple):
    """Where a tag stands by its precision, and since which day all of that has spoken against it standing there."""

    state: str
    against_since: int | None = None

    def after(self, proof: Proof) -> TagLife:
        """Where it stands once a day's precision is known (domain.md §12).

        Without proof for two weeks a tag is watched, for four more retired; with proof on watch it is active again,
        retired only after two weeks of it. A candidate is active once proved and carried by enough; without proof it
        stays one. Days are those of the bank and do not go back.
        """
        if not proof.known:
            return TagLife(self.state)
        if self.state == CANDIDATE:
            return TagLife(ACTIVE if proof.holds and proof.coverage >= LEAST_COVERAGE else CANDIDATE)
        if proof.holds == (self.state != RETIRED):
            return TagLife(RETIRED if self.state == RETIRED else ACTIVE)
        since = proof.day if self.against_since is None else self.against_since
        days = proof.day - since
        if self.state == RETIRED:
            return TagLife(ACTIVE) if days >= WATCHED_AFTER else TagLife(RETIRED, since)
        if days >= WATCHED_AFTER + RETIRED_AFTER:
            return TagLife(RETIRED)
        return TagLife(WATCH if days >= WATCHED_AFTER else self.state, since)

    def alarmed(self, proof: Proof) -> str | None:
        """Which alarm puts it on watch although its precision does not, for as long as it lasts.

        An alarm neither retires a tag nor counts as time without proof (docs/adr/0035).
        """
        return proof.alarm if self.state == ACTIVE else None

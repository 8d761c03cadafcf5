"""A shadow as it is stored: which policy version is computed beside the one in force, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Outcome = Literal["same", "changed", "failed", "skipped"]
OUTCOMES: tuple[Outcome, ...] = ("same", "changed", "failed", "skipped")
"""What may become of a decision that a shadow picked: compared, with or without a change that the customer would see;
or not compared, because something broke, or because there was nothing to compare or no time."""


@dataclass(frozen=True, slots=True)
class ShadowRecord:
    """One shadow: the content that the version had when it began, the share of decisions, who and when."""

    seq: int
    name: str
    version: int
    content: bytes
    sha256: str
    share: float
    actor: str
    at_us: int
    stopped_by: str | None = None
    stopped_us: int | None = None

    @property
    def label(self) -> str:
        """The policy version, `name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def is_running(self) -> bool:
        """Whether nobody has stopped it."""
        return self.stopped_us is None


class ShadowResult(NamedTuple):
    """What became of one decision; the document is JSON, by outcome (`service.policies.shadow`)."""

    shadow: int
    decision_id: str
    outcome: Outcome
    document: bytes

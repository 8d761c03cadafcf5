"""Who chooses the arm of a customer: one protocol, one implementation, and a twin that puts nobody into any arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

BY_HASH, STICKY, NOT_IN_RANGE, CONDITION, NOT_COVERED = "hash", "sticky", "not_in_range", "condition", "not_covered"
"""Why a choice is as it is; `NOT_IN_RANGE`: the customer's place in the layer is nobody's or another experiment's."""
MISSING = "condition_missing_attribute"
"""The condition asks for what is not known of the customer; followed by `:` and the attribute."""


class Choice(msgspec.Struct, frozen=True):
    """The arm that was chosen, or none, and why; `bucket` is the customer's place in the layer, in [0, 1).

    `propensity` is the arm's share among those who are in, 0 without an arm.
    """

    arm: str | None
    why: str
    bucket: float | None = None
    propensity: float = 0.0


class Assigner(Protocol):
    """Chooses arms; the same arguments always give the same arms, in every process."""

    def choose(
        self, unit: str, attributes: Mapping[str, Any], sticky: Mapping[str, str] | None = None
    ) -> dict[str, Choice]:
        """The choice of every experiment by its key; `sticky` names arms that were seen before."""


class NullAssigner:
    """Puts nobody into any arm."""

    def choose(
        self, unit: str, attributes: Mapping[str, Any], sticky: Mapping[str, str] | None = None
    ) -> dict[str, Choice]:
        """Nothing runs."""
        return {}


NULL = NullAssigner()

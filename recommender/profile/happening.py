"""What the fold of a customer's state reads: one event as numbers, and the facts that are not events."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.profile.state import FLOWS, SPELLS, TAGS, UNKNOWN

Records = NDArray[np.void]


class Happening(NamedTuple):
    """One event: times in UTC microseconds, days of the bank's calendar, amounts in minor units, -1 unknown.

    Happenings are ordered by (at_us, event_id), ids by code point. `session`, `ref` and `refers` are 8-byte hashes of
    the app session, the own event id and the event referred to (0: none); `incentivised` says that a task was attached.
    Events that consent closes to the profile are nobody's happening: the caller leaves them out.
    """

    at_us: int
    event_id: str
    kind: int
    product: int = UNKNOWN
    category: int = UNKNOWN
    day: int = 0
    amount: int = UNKNOWN
    session: int = 0
    channel: str = ""
    ref: int = 0
    refers: int = 0
    incentivised: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What the state holds that no event says.

    `spells` (SPELLS, `stated` = 1) is the newest holdings statement, taken at `as_of_us`; None: there is none, then
    every event changes spells. `flows` (FLOWS) are weekly sums, `tags` (TAGS) the assigned tags.
    """

    as_of_us: int | None = None
    spells: Records = field(default_factory=lambda: np.empty(0, SPELLS))
    flows: Records = field(default_factory=lambda: np.empty(0, FLOWS))
    tags: Records = field(default_factory=lambda: np.empty(0, TAGS))
    joined_day: int = UNKNOWN


def hash64(text: str) -> int:
    """An 8-byte hash of an id that is never 0, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") or 1

"""The typed conditions of a policy, about the customer, the page and the day: a closed list of what may be asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `at_least` up to but not including `below`; what is left out is open."""

    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class TagIs:
    """A tag that the customer carries, by affinity and by measured quality; an affinity nobody gave counts as 1."""

    tag: str
    affinity: Range | None = None
    quality: Range | None = None


@dataclass(frozen=True, slots=True)
class Did:
    """So many events of some kinds in the last days, in some categories or zones; none named is any."""

    kinds: tuple[str, ...]
    about: tuple[str, ...] = ()
    days: int = 14
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Bought:
    """So many purchases in the last days, in some categories or zones; none named is any."""

    about: tuple[str, ...] = ()
    days: int = 365
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is named must hold; nothing named holds always.

    What is not known of a customer never matches, not under `not` either (three-valued logic of Kleene). On a shelf
    that is not personal nothing is known of the customer.
    """

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    not_: Condition | None = None
    channel: tuple[str, ...] = ()
    placement: tuple[str, ...] = ()
    scene: tuple[str, ...] = ()
    weekday: tuple[int, ...] = ()  # 1 Monday … 7 Sunday, by the bank's calendar
    region: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    overlay: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    risk_capacity: tuple[str, ...] = ()  # C1 … C5, as assessed
    age: Range | None = None
    tenure_days: Range | None = None
    quiet_days: Range | None = None  # since the customer last did anything
    aum: Range | None = None  # minor units
    held: tuple[str, ...] = ()  # one of these categories or zones
    held_zones: Range | None = None  # how many zones
    tag: TagIs | None = None
    did: Did | None = None
    bought: Bought | None = None


ALWAYS = Condition()

"""What is asked of an evaluation, checked before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recommender.evaluation.candidates import TASKS, Task
from service.clock import parse_us
from service.errors import Refused

PROTOCOLS = ("window", "basket")
SEED = 0


@dataclass(frozen=True, slots=True)
class Request:
    """`start` and `end` are UTC microseconds and `since`, `until` the same as they were given; no models: all.

    `evidence`: also what the ranker is worth where little is known of customers.
    """

    folder: Path
    k: int
    task: Task
    protocol: str
    since: str = ""
    until: str = ""
    start: int = 0
    end: int = 0
    models: tuple[str, ...] = ()
    seed: int = SEED
    evidence: bool = False

    @classmethod
    def of(
        cls,
        folder: Path,
        *,
        since: str,
        until: str,
        k: int,
        task: str = "all",
        protocol: str = "window",
        models: Sequence[str] = (),
        evidence: bool = False,
    ) -> Request:
        """Raises Refused naming the option at fault."""
        if protocol not in PROTOCOLS:
            raise Refused(f"--protocol {protocol}: must be one of {', '.join(PROTOCOLS)}")
        named = [one for one in TASKS if one == task]
        if not named:
            raise Refused(f"--task {task}: must be one of {', '.join(TASKS)}")
        if k < 1:
            raise Refused(f"--k {k}: must be at least 1")
        if protocol == "basket":
            if since or until:
                raise Refused("--protocol basket: baskets have an order and no dates; leave out --from and --until")
            return cls(folder, k, named[0], protocol, models=tuple(models), evidence=evidence)
        start, end = _instant("--from", since), _instant("--until", until)
        if start >= end:
            raise Refused(f"--from {since}: must lie before --until {until}")
        return cls(
            folder, k, named[0], protocol, since, until, start, end, models=tuple(models), evidence=evidence
        )  # fmt: skip


def _instant(option: str, text: str) -> int:
    if not text:
        raise Refused(f"{option}: needed, a date or time in UTC (only --protocol basket goes without)")
    us = parse_us(text)
    if us is None:
        raise Refused(f"{option} {text!r}: not a date or time, 2020-08-13 or 2020-07-22T14:45:00")
    return us

"""Whom a preview is of: customers by name, or drawn from the bank by a seed."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from service.progress import Progress
from service.runtime import Runtime
from shelf_rules.condition import Condition

NAMED_MAX, SAMPLE_MAX = 1_000, 5_000
LOOKED_AT_MAX = 20_000
"""So many customers are looked at for those whom a condition means."""
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Whom:
    """The customers of a preview: `customers`, or `sample` of all who have a row; `where` narrows either.

    The same bank, seed and size always give the same sample; another size gives another one, so that two samples do not
    tell of the one customer between them.
    """

    customers: tuple[str, ...] = ()
    sample: int = 0
    seed: int = 0
    where: Condition | None = None

    @property
    def limit(self) -> int:
        """How many customers there are at the most."""
        return self.sample or len(self.customers)


def candidates(runtime: Runtime, whom: Whom, progress: Progress) -> list[str]:
    """Who may be previewed, each once, in the order in which they are taken; more than asked for under a condition."""
    if not whom.sample:
        return list(dict.fromkeys(whom.customers))
    drawn = partial(runtime.keyed.unit, f"preview:{whom.seed}:{whom.sample}")
    number = whom.sample if whom.where is None else max(LOOKED_AT_MAX, whom.sample)
    return heapq.nsmallest(number, _everybody(runtime, progress), key=drawn)


def _everybody(runtime: Runtime, progress: Progress) -> Iterator[str]:
    after, read = "", 0
    while page := runtime.store.customer_ids(after=after, limit=_PAGE):
        yield from page
        after, read = page[-1], read + len(page)
        progress("drawing", read, 0)

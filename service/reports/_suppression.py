"""What is not told of small groups, so that a number says nothing of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from service.reports.metric import FEW, Metric

MIN_CUSTOMERS = 10
"""What is of fewer customers than this is not told; what is of nobody at all is: it says nothing of anybody."""

_PARTS = ("tier", "slot", "stage", "category", "segment", "period", "to")
"""Dimensions whose groups add up to a whole that is told too, the wider one first; tags, states, rules do to none."""
_ADDS_UP_TO_NOTHING = frozenset({"tier_reach", "tier_cards", "tier_categories"})
"""Metrics of groups that everybody is in: of all tiers together nothing is told."""


def suppressed(metrics: Iterable[Metric]) -> list[Metric]:
    """The metrics in their order, those with a side of fewer than `MIN_CUSTOMERS` customers without their numbers.

    Where such a group is part of a whole that is told too, the smallest of its other groups goes as well: what is
    missing to any side of the whole is then of no fewer than `MIN_CUSTOMERS` customers, however many small groups there
    are. A group that has nobody on a side protects no other one on it.
    """
    told = list(metrics)
    hidden = {place for place, metric in enumerate(told) if any(0 < side < MIN_CUSTOMERS for side in metric.sides)}
    for whole in _wholes(told):
        for side in range(max(len(told[place].sides) for place in whole)):
            sizes = {place: told[place].sides[side] for place in whole if side < len(told[place].sides)}
            _protect(sizes, hidden)
    return [metric.untold(FEW) if place in hidden else metric for place, metric in enumerate(told)]


def _protect(sizes: dict[int, int], hidden: set[int]) -> None:
    """Hide one more group where all that is hidden of a side is of few customers."""
    missing = [size for place, size in sizes.items() if size and place in hidden]
    large = [place for place, size in sizes.items() if size >= MIN_CUSTOMERS]
    if missing and large and max(missing) < MIN_CUSTOMERS:
        hidden.add(min(large, key=lambda place: (sizes[place], place)))


def _wholes(metrics: Sequence[Metric]) -> Iterator[list[int]]:
    """The groups of each metric that make up one whole, the narrowest wholes first: the slots of a tier, then all."""
    paths = [_path(metric) for metric in metrics]
    for depth in reversed(range(max(map(len, paths), default=0))):
        wholes: dict[Hashable, list[int]] = defaultdict(list)
        for place, (metric, path) in enumerate(zip(metrics, paths, strict=True)):
            if depth < len(path):
                rest = tuple(sorted((name, value) for name, value in metric.group.items() if name not in _PARTS))
                wholes[metric.name, tuple(metric.group), rest, path[:depth]].append(place)
        yield from wholes.values()


def _path(metric: Metric) -> tuple[str, ...]:
    """Where a group stands in the whole that it is a part of."""
    own = [metric.group[name] for name in _PARTS if name in metric.group]
    if not own or metric.name in _ADDS_UP_TO_NOTHING:
        return ()
    return (metric.within, *own) if metric.within else tuple(own)

"""What is not told of small groups, so that a number says nothing of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping

from service.reports.metric import Metric

MIN_CUSTOMERS = 10
"""A number of fewer customers than this is not told; of nobody at all it may be: it says nothing of anybody."""

_ALONG = frozenset({"day", "to", "within"})
"""Dimensions along which the same customers are told of again."""
_PARTS = ("tier", "slot", "stage", "category", "period")
"""Dimensions whose groups add up to a whole that is told too, the wider one first; tags and states add up to none."""

Parts = dict[Hashable, list[int]]


def suppressed(metrics: Iterable[Metric]) -> list[Metric]:
    """The metrics in their order, those of fewer than `MIN_CUSTOMERS` customers without their numbers.

    Where such a group is part of a whole that is told too, the smallest of its other groups goes as well: what is
    missing to the whole is then of no fewer than `MIN_CUSTOMERS` customers, however many small groups there are.
    """
    told = list(metrics)
    hidden = {place for place, metric in enumerate(told) if _is_small(metric.customers or 0)}
    for parts in _wholes(told):
        sizes = {part: max(told[place].customers or 0 for place in places) for part, places in parts.items()}
        large = {part for part, size in sizes.items() if size >= MIN_CUSTOMERS}
        is_hidden = {part for part, places in parts.items() if hidden.intersection(places)}
        if is_hidden - large and large and not is_hidden & large:
            hidden.update(parts[min(large, key=lambda part: (sizes[part], parts[part]))])
    return [_hidden(metric) if place in hidden else metric for place, metric in enumerate(told)]


def _is_small(customers: int) -> bool:
    return 0 < customers < MIN_CUSTOMERS


def _wholes(metrics: list[Metric]) -> Iterator[Parts]:
    """The groups of each metric that make up one whole, the narrowest wholes first: the slots of a tier, then all."""
    for depth in reversed(range(len(_PARTS))):
        wholes: dict[Hashable, Parts] = defaultdict(lambda: defaultdict(list))
        for place, metric in enumerate(metrics):
            own = [name for name in _PARTS if name in metric.group]
            if depth < len(own):
                people = {name: value for name, value in metric.group.items() if name not in _ALONG}
                rest = {name: value for name, value in people.items() if name not in own[depth:]}
                wholes[metric.name, tuple(people), _pairs(rest)][_pairs(people)].append(place)
        yield from wholes.values()


def _pairs(of: Mapping[str, str]) -> Hashable:
    return tuple(sorted(of.items()))


def _hidden(metric: Metric) -> Metric:
    return Metric(
        metric.name,
        metric.group,
        *(None, None, None, None, None),
        metric.method,
        metric.attribution,
        metric.days,
        metric.unit,
        suppressed=True,
    )

"""What is not told of small groups, so that a number says nothing of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from service.reports.metric import Metric

MIN_CUSTOMERS = 10
"""A number of fewer customers than this is not told; of nobody at all it may be: it says nothing of anybody."""

_ALONG = frozenset({"day", "to", "within"})
"""Dimensions along which the same customers are told of again."""


def suppressed(metrics: Iterable[Metric]) -> list[Metric]:
    """The metrics in their order, those of fewer than `MIN_CUSTOMERS` customers without their numbers.

    Where a metric has one such group alone, the smallest of its other groups goes too: the one would be what is missing
    to the total.
    """
    told = list(metrics)
    families: dict[Hashable, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, metric in enumerate(told):
        people = frozenset(pair for pair in metric.group.items() if pair[0] not in _ALONG)
        families[metric.name, frozenset(metric.group)][people].append(place)
    hidden: set[int] = set()
    for groups in families.values():
        sizes = {people: max(told[place].customers or 0 for place in places) for people, places in groups.items()}
        small = [people for people, size in sizes.items() if 0 < size < MIN_CUSTOMERS]
        rest = sorted((size, places) for people, places in groups.items() if (size := sizes[people]) >= MIN_CUSTOMERS)
        hidden.update(place for people in small for place in groups[people])
        if len(small) == 1 and rest:
            hidden.update(rest[0][1])
    return [_hidden(metric) if place in hidden else metric for place, metric in enumerate(told)]


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

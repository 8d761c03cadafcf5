"""What every tag has proved to be worth, and how the mean of all tags has moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from service.reports._page import Page
from service.reports.metric import Metric
from service.reports.scope import Scope

_BOUNDED = ("precision", "truthfulness")
_PLAIN = ("durability", "uniqueness", "quality")
STATES = ("candidate", "active", "watch", "retired")


class TagBoard:
    """The tags of the version in force, as the last measuring left them (`tag_qualities`).

    `precision` is of the carriers who were followed; the others are of those who were observed, and their numerator is
    the sum that the mean is of. No day asked about bears on it: a measuring looks back over all that is known.
    """

    by: ClassVar[tuple[str, ...]] = ("stage",)

    def __init__(self, scope: Scope) -> None:
        self._scope, self._tags = scope, list(scope.tags)

    def add(self, page: Page) -> None:
        """Nothing of customers is counted here."""

    def metrics(self) -> list[Metric]:
        """How many tags stand where in their lives, then each tag's measures."""
        states = [self._state(state) for state in STATES]
        return [*states, *(metric for tag in self._tags for metric in self._measures(tag))]

    def _state(self, state: str) -> Metric:
        hits, tags = float(sum(tag["status"] == state for tag in self._tags)), float(len(self._tags))
        of = (hits, tags, hits / tags if tags else None, None, None, "none", "none")
        return Metric("tags", {"state": state}, *of)

    def _measures(self, tag: Mapping[str, Any]) -> list[Metric]:
        told: list[Metric] = []
        for level in tag["levels"]:
            if (level["stage"] == "all") == (self._scope.by == "stage"):
                continue
            group = {"tag": tag["tag"]} | ({"stage": level["stage"]} if self._scope.by else {})
            told += [_metric(name, group, level) for name in (*_BOUNDED, *_PLAIN)]
        return told


def _metric(name: str, group: Mapping[str, str], level: Mapping[str, Any]) -> Metric:
    value, of = level[name], float(level["followed" if name == "precision" else "observed"])
    low, high = (level[f"{name}_low"], level[f"{name}_high"]) if name in _BOUNDED else (None, None)
    method = "as_measured" if low is not None else "none"
    numerator = None if value is None else value * of
    unit = "share" if name == "precision" else "index"
    told = (name, group, numerator, of, value, low, high, method, "customer")
    return Metric(*told, unit=unit, customers=int(level["tagged"]))

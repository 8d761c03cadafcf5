"""What every tag has proved to be worth, now or week by week, and where the tags stand in their lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, ClassVar

from recommender.tag_quality.tag_life import STATES
from service.reports._page import Page
from service.reports._tag_metric import NAMES, tag_metric
from service.reports.metric import Metric
from service.reports.scope import Scope

Row = Mapping[str, Any]
Group = Mapping[str, str]


class TagBoard:
    """The tags of the version in force, as the last measuring left them (`tag_qualities`).

    `precision` is of the carriers who were followed; the others are of those who were observed, and their numerator is
    the sum that the mean is of. No day asked about bears on it: a measuring looks back over all that is known. By week
    it is what the last measuring of every week of these days had found, with the state it left the tag in.
    """

    by: ClassVar[tuple[str, ...]] = ("stage", "week")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, page: Page) -> None:
        """Nothing of customers is counted here."""

    def metrics(self) -> list[Metric]:
        """How many tags stand where in their lives, then each tag's measures."""
        states = [_state(group, state, of) for group, of in self._standing() for state in STATES]
        return [*states, *(tag_metric(name, group, level) for group, level in self._levels() for name in NAMES)]

    def _standing(self) -> list[tuple[Group, list[str]]]:
        if self._scope.by != "week":
            return [({}, [tag["status"] for tag in self._scope.tags])]
        weeks = groupby(self._scope.weekly, key=lambda row: str(row["week"]))
        return [({"week": week}, [row["state"] for row in rows]) for week, rows in weeks]

    def _levels(self) -> Iterator[tuple[Group, Row]]:
        if self._scope.by == "week":
            for row in sorted(self._scope.weekly, key=lambda row: str(row["tag"])):
                yield {name: row[name] for name in ("tag", "week", "state")}, row
            return
        for tag in self._scope.tags:
            for level in tag["levels"]:
                if (level["stage"] == "all") != (self._scope.by == "stage"):
                    yield {"tag": tag["tag"]} | ({"stage": level["stage"]} if self._scope.by else {}), level


def _state(group: Group, state: str, of: list[str]) -> Metric:
    hits, tags = float(of.count(state)), float(len(of))
    told = (hits, tags, hits / tags if tags else None, None, None, "none", "none")
    return Metric("tags", {**group, "state": state}, *told)

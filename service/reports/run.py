"""Makes the reports that are asked for in one pass over the bank."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from sqlalchemy import Connection

from service.calendar import date_of_day
from service.clock import iso
from service.crediting import windows_of
from service.progress import Progress, silent
from service.reports._credits import Credits
from service.reports._days import BadDays
from service.reports._governed import governed
from service.reports._page import Page
from service.reports._reading import Reader
from service.reports._suppression import MIN_CUSTOMERS, suppressed
from service.reports._weekly import weekly
from service.reports.conversion_lag import ConversionLag
from service.reports.cross_selling import CrossSelling
from service.reports.diversity import Diversity
from service.reports.freshness import Freshness
from service.reports.lifecycle import Lifecycle
from service.reports.metric import Metric
from service.reports.migration import Migration
from service.reports.money import Money
from service.reports.rules_acted import RulesActed
from service.reports.scope import Scope
from service.reports.shelf_funnel import ShelfFunnel
from service.reports.stickiness import Stickiness
from service.reports.tag_board import TagBoard
from service.reports.task_steps import TaskSteps
from service.reports.tier_reach import TierReach
from service.runtime import Runtime
from service.tag_quality import tag_qualities

DAYS = 90
"""How many days a report looks back where nothing is asked for: up to the end of today."""


class Report(Protocol):
    """Counts pages of whole customers in any order, then tells; `by`: which of `scope.BY` it can be told by."""

    by: ClassVar[tuple[str, ...]]

    def __init__(self, scope: Scope) -> None: ...

    def add(self, page: Page) -> None:
        """Count a page of customers."""

    def metrics(self) -> list[Metric]:
        """What was counted, of groups of any size."""


REPORTS: dict[str, type[Report]] = {
    "funnel": ShelfFunnel,
    "tiers": TierReach,
    "migration": Migration,
    "lag": ConversionLag,
    "lifecycle": Lifecycle,
    "cross": CrossSelling,
    "stickiness": Stickiness,
    "money": Money,
    "tasks": TaskSteps,
    "tags": TagBoard,
    "rules": RulesActed,
    "diversity": Diversity,
    "freshness": Freshness,
}
"""Reports by name, in the order in which they are told."""
UNCOUNTED = frozenset({"tags"})
"""Reports of what was measured elsewhere: they read no events and no credits."""


class Asked(NamedTuple):
    """Days [since, until) by number; None: the last 90 days, today included."""

    since: int | None = None
    until: int | None = None


class View(NamedTuple):
    """A report by its name, told by one of what it knows, or by nothing ("")."""

    report: str
    by: str = ""


class Told(NamedTuple):
    """The days that were asked about, when that was, and what there is to say of each view.

    `credits` says up to when purchases are credited, `days_after` how many of the days are later; where no
    view counts anything, nothing waits for credits.
    """

    since: int
    until: int
    made_us: int
    views: dict[View, list[Metric]]
    credits: Credits
    days_after: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON says it."""
        return {
            "since": date_of_day(self.since).isoformat(),
            "until": date_of_day(self.until).isoformat(),
            "made_at": iso(self.made_us),
            "credits_as_of": None if self.credits.as_of_us is None else iso(self.credits.as_of_us),
            "days_after_credits": self.days_after,
            "credits_complete": self.credits.is_complete,
            "min_customers": MIN_CUSTOMERS,
            "reports": [
                {**view._asdict(), "metrics": [one.as_dict() for one in metrics]}
                for view, metrics in self.views.items()
            ],
        }


def run(runtime: Runtime, views: Iterable[View], asked: Asked, progress: Progress = silent) -> Told:
    """Make reports; what a report cannot be told by it leaves aside.

    Raises BadDays.
    """
    now_us = runtime.clock.now_us()
    until = runtime.calendar.day(now_us) + 1 if asked.until is None else asked.until
    since = until - DAYS if asked.since is None else asked.since
    if since >= until:
        raise BadDays("since: must be before until")
    views = list(views)
    with runtime.store.connect() as connection:
        scope = _scope(connection, runtime, since, until)
        if any(view.by == "week" for view in views):
            scope = dataclasses.replace(scope, weekly=weekly(connection, scope, runtime.store.versions().tags))
        made = {view: REPORTS[view.report](dataclasses.replace(scope, by=view.by)) for view in views}
        counted = [report for view, report in made.items() if view.report not in UNCOUNTED]
        if counted:
            _count(connection, scope, counted, progress)
        credited = Credits.of(connection, scope, now_us) if counted else Credits(now_us, True)
    told = {view: suppressed(credited.told(report.metrics())) for view, report in made.items()}
    return Told(since, until, now_us, told, credited, credited.days_after(scope, now_us))


def _scope(connection: Connection, runtime: Runtime, since: int, until: int) -> Scope:
    world = runtime.worlds.last()
    categories = world.catalogue.categories
    return Scope(
        since,
        until,
        by="",
        codes=categories.codes,
        products=len(world.catalogue),
        windows=windows_of(categories, world.regime),
        calendar=runtime.calendar,
        zone=categories.zone,
        consent_defaults=world.regime.consent_defaults,
        tags=tag_qualities(connection, runtime.store.versions().tags),
        governed=governed(connection),
    )


def _count(connection: Connection, scope: Scope, reports: Sequence[Report], progress: Progress) -> None:
    done = 0
    for page in Reader.over(connection, scope).pages():
        for report in reports:
            report.add(page)
        done += page.customers
        progress("customers", done, 0)

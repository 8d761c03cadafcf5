"""Tasks: on how many cards they were offered, and who took one up and finished one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from service.reports._page import Page
from service.reports._whole import Whole
from service.reports.metric import Metric
from service.reports.scope import Scope
from service.reports.tally import Counted


class TaskSteps:
    """Of the days asked about, by customer: who was offered a task, who accepted one, who finished one.

    Shelves that were not heard offer none: what came of them may not be read.
    """

    by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._whole = Whole(
            [
                Counted("task_offered", "none"),
                Counted("task_accepted", "customer"),
                Counted("task_done", "customer", beside=1),
            ]
        )

    def add(self, page: Page) -> None:
        """Count a page of customers."""
        shelves, events, cards = page.shelves, page.happened, page.cards
        inside = (self._scope.inside(shelves.day) & shelves.heard)[cards.shelf]
        owner = shelves.customer[cards.shelf]
        served = np.bincount(owner[inside], minlength=page.customers).astype(np.float64)
        offered = np.bincount(owner[inside & cards.task], minlength=page.customers).astype(np.float64)
        self._whole.ratio(page, "task_offered", offered, served)
        days = self._scope.inside(events.day)
        accepted = page.having(events.customer[events.of("task_accepted") & days])
        done = page.having(events.customer[events.of("task_done") & days])
        self._whole.share(page, "task_accepted", accepted, offered > 0)
        self._whole.share(page, "task_done", done, accepted, accepted & (offered == 0))

    def metrics(self) -> list[Metric]:
        """Offered, accepted, done."""
        return self._whole.metrics()

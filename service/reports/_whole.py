"""Numbers of the whole bank, counted page by page under their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.training_data import Bools, Floats
from service.reports._page import Page
from service.reports.metric import Metric
from service.reports.tally import Counted, Tally


class Whole:
    """One tally without groups a metric."""

    def __init__(self, counted: Sequence[Counted]) -> None:
        self._tallies = {one.name: Tally(one, [{}]) for one in counted}

    def share(self, page: Page, name: str, hit: Bools, of: Bools, *beside: Bools) -> None:
        """Count the customers of a page of whom it is so, of those of whom it could be."""
        self.ratio(page, name, *(one.astype(np.float64) for one in (hit & of, of, *beside)))

    def ratio(self, page: Page, name: str, x: Floats, y: Floats, *beside: Floats) -> None:
        """Count what each customer of a page has of x and of y, and of what is told by the way."""
        everybody = np.arange(page.customers)
        self._tallies[name].add(page.customers, everybody, np.zeros_like(everybody), x, y, *beside)

    def metrics(self) -> list[Metric]:
        """The metrics in the order of their names' declaration."""
        return [metric for tally in self._tallies.values() for metric in tally.metrics()]

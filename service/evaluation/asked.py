"""The split that a request asks for, and the earlier rankings on which settings are chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.evaluation.basket import basket
from recommender.evaluation.dataset import Dataset
from recommender.evaluation.rankings import Split
from recommender.evaluation.study import Study
from recommender.evaluation.tuning import Tuning
from recommender.evaluation.window import window
from recommender.training_data import Ints
from service.errors import Refused
from service.evaluation.huojia import BASKET_DAYS
from service.evaluation.journal import Journal
from service.evaluation.request import Request


@dataclass(frozen=True)
class Asked:
    """A request on a folder; raises Refused where the folder cannot answer it."""

    request: Request
    journal: Journal

    @cached_property
    def data(self) -> Dataset:
        """The whole data set, the future included: only the split may see it."""
        if self.request.protocol == "basket":
            if not len(self.journal.baskets):
                raise Refused(f"{self.request.folder}: no basket_order file, which --protocol basket needs")
            return self.journal.in_order()
        data = self.journal.dataset()
        if not len(data.purchases):
            raise Refused(f"{self.request.folder}: no purchase in it (events of kind purchase, top_up or renewal)")
        return data

    @cached_property
    def customers(self) -> Ints:
        """The customers of `test_customers`."""
        tested = self.journal.test_customers
        if tested is None:
            raise Refused(f"{self.request.folder}: no test_customers file, which --protocol basket needs")
        return tested

    @cached_property
    def split(self) -> Split:
        """What may be learned from, and the rankings."""
        if self.request.protocol == "basket":
            return basket(self.data, self.customers)
        return window(self.data, self.request.start, self.request.end)

    @cached_property
    def study(self) -> Study:
        """The rankings of the task."""
        before = self.split.before
        if self.request.task == "not_held" and not before.knows_holdings:
            raise Refused("--task not_held: nothing before --from says what customers hold")
        study = Study.of(self.split, self.request.task, self.request.k)
        if not len(study.rankings):
            when = f"from {self.request.since} until {self.request.until}" if self.request.since else "in a last basket"
            raise Refused(f"{self.request.folder}: no test customers for task {self.request.task} {when}")
        return study

    @cached_property
    def tuning(self) -> Tuning:
        """The rankings just before."""
        task, k, asked = self.request.task, self.request.k, self.request
        if asked.protocol == "basket":
            return Tuning.of_baskets(self.split, self.customers, task=task, k=k, seed=asked.seed)
        return Tuning.of_window(self.data, asked.start, asked.end, task=task, k=k)

    def notes(self) -> Iterator[str]:
        """What a reader of the figures should know."""
        yield from self.journal.notes
        study = self.study
        if study.without_truth:
            yield f"{study.without_truth:,} rankings left out: what was bought is forbidden by task {self.request.task}"
        rankings = study.rankings
        if rankings.eligible is not None:
            limited = int((np.diff(rankings.eligible.indptr) > 0).sum())
            yield f"eligibility limits the candidates of {limited:,} of {len(rankings):,} rankings"
            outside = rankings.truth - rankings.truth.multiply(rankings.eligible)
            missed = int((outside.sum(axis=1).A1 * (np.diff(rankings.eligible.indptr) > 0)).sum())
            if missed:
                yield f"{missed:,} products were bought without being eligible: no model can find them"
        if not self.data.clocked:
            yield f"baskets have no dates: huojia reads them as {BASKET_DAYS} days apart"

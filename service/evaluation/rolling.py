"""The same evaluation at several successive cut-offs: a row each, their mean, and how far chance carries it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from recommender.evaluation.bootstrap import Bootstrap
from recommender.training_data import Floats
from service.calendar import DAY_US
from service.clock import iso
from service.errors import Refused
from service.evaluation.contenders import HUOJIA
from service.evaluation.report import Report, Row, share
from service.evaluation.request import Request

MEASURES = ("map", "ndcg", "recall")
LEAST, DRAWS = 2, 1_000


def cutoffs(request: Request, count: int, step_days: int) -> list[Request]:
    """The request and those before it, the earliest first, each `step_days` (0: a window's length) before the next.

    Raises Refused naming the option at fault.
    """
    if request.protocol != "window":
        raise Refused("--rolling: needs dates, and baskets have none")
    if count < LEAST:
        raise Refused(f"--rolling {count}: must be at least {LEAST} cut-offs")
    if step_days < 0:
        raise Refused(f"--step {step_days}: must be days, at least 1")
    if request.models and not {HUOJIA} < set(request.models):
        raise Refused(f"--rolling: compares {HUOJIA} with baselines; name it and at least one with --model")
    step = step_days * DAY_US or request.end - request.start
    if request.start < (count - 1) * step:
        raise Refused(f"--rolling {count}: so many steps before --from {request.since} lie cut-offs before 1970")
    return [_earlier(request, turn * step) for turn in reversed(range(count))]


def with_baseline(report: Report) -> Report:
    """The report of one cut-off; raises Refused where none of the baselines that were named is in it, and says why."""
    if not any(row.contender.is_baseline for row in report.rows):
        named = ", ".join(name for name in report.request.models if name != HUOJIA)
        why = "".join(f"; {note}" for note in report.notes if "left out:" in note)
        raise Refused(f"--rolling: at {report.request.since} there is no baseline to compare with, of {named}{why}")
    return report


def _earlier(request: Request, by: int) -> Request:
    start, end = request.start - by, request.end - by
    since, until = (iso(us).removesuffix("T00:00:00Z") for us in (start, end))
    return replace(request, start=start, end=end, since=since, until=until)


@dataclass(frozen=True)
class Rolling:
    """Reports of successive cut-offs, the earliest first; each has the ranker and a baseline at least."""

    reports: tuple[Report, ...]

    @property
    def title(self) -> str:
        """What the table is of."""
        first = self.reports[0]
        return f"{first.dataset}, task {first.request.task}: {len(self.reports)} cut-offs"

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the table."""
        k = self.reports[0].request.k
        names = {"map": f"MAP@{k}", "ndcg": f"nDCG@{k}", "recall": f"Recall@{k}"}
        parts = [(names[name], "best baseline", "difference [95 %]") for name in MEASURES]
        return ("from", "until", "rankings", *(head for part in parts for head in part))

    def table(self) -> list[tuple[str, ...]]:
        """A line a cut-off, then the mean of all."""
        lines = [
            (report.request.since, report.request.until, f"{report.rankings:,}", *_cells(own, best))
            for report, own, best in zip(self.reports, self._own, self._best, strict=True)
        ]
        cells = [cell for name in MEASURES for cell in self._mean_cells(name)]
        return [*lines, ("mean", "", f"{sum(report.rankings for report in self.reports):,}", *cells)]

    def as_dict(self) -> dict[str, Any]:
        """The reports and their means, as JSON."""
        return {
            "cutoffs": [report.as_dict() for report in self.reports],
            "mean": {
                name: {
                    HUOJIA: self.mean(name)._asdict(),
                    "difference": self.difference(name)._asdict(),
                    "baselines": [best[name].contender.row for best in self._best],
                }
                for name in MEASURES
            },
        }

    def mean(self, measure: str) -> Bootstrap:
        """Of a measure the mean over the cut-offs, with the interval over cut-offs and rankings."""
        return of_two_levels([_gains(own, measure) for own in self._own])

    def difference(self, measure: str) -> Bootstrap:
        """The same of the difference to the best baseline of each cut-off, over the same rankings."""
        pairs = zip(self._own, self._best, strict=True)
        return of_two_levels([_gains(own, measure) - _gains(best[measure], measure) for own, best in pairs])

    @cached_property
    def _own(self) -> list[Row]:
        return [next(row for row in report.rows if row.contender.row == HUOJIA) for report in self.reports]

    @cached_property
    def _best(self) -> list[dict[str, Row]]:
        """Of every cut-off the best baseline by each measure."""
        found = []
        for report in self.reports:
            baselines = [row for row in report.rows if row.contender.is_baseline]
            found.append({name: max(baselines, key=partial(_mean, measure=name)) for name in MEASURES})
        return found

    def _mean_cells(self, measure: str) -> Iterator[str]:
        own = self.mean(measure)
        yield f"{share(own.mean)} [{share(own.low)}, {share(own.high)}]"
        yield share(float(np.mean([_gains(best[measure], measure).mean() for best in self._best])))
        yield _interval(self.difference(measure))


def of_two_levels(parts: Sequence[Floats], seed: int = 0) -> Bootstrap:
    """The mean of the means of several samples; the interval draws samples, and of each drawn its members."""
    roll = np.random.default_rng(seed)
    drawn = np.stack([_means(part, roll) for part in parts])
    chosen = roll.integers(0, len(parts), (len(parts), DRAWS))
    means = drawn[chosen, roll.integers(0, DRAWS, (len(parts), DRAWS))].mean(axis=0)
    low, high = np.quantile(means, (0.025, 0.975))
    return Bootstrap(float(np.mean([part.mean() for part in parts])), float(low), float(high))


def _means(part: Floats, roll: np.random.Generator) -> Floats:
    return np.array([part[roll.integers(0, len(part), len(part))].mean() for _ in range(DRAWS)])


def _gains(row: Row, measure: str) -> Floats:
    return np.asarray(getattr(row.outcome.measures, measure), dtype=np.float64)


def _mean(row: Row, measure: str) -> float:
    return float(_gains(row, measure).mean())


def _cells(own: Row, best: dict[str, Row]) -> Iterator[str]:
    for name in MEASURES:
        ours, theirs = _gains(own, name), _gains(best[name], name)
        yield share(float(ours.mean()))
        yield f"{share(float(theirs.mean()))} {best[name].contender.row}"
        yield _interval(Bootstrap.of((ours - theirs)[:, None], seed=0)[0])


def _interval(found: Bootstrap) -> str:
    return f"{found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}]"

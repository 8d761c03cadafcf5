"""What the ranker is worth where little is known: test customers of whom it is told only the newest events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from recommender.comparison import WORSE
from recommender.evaluation.bootstrap import Bootstrap
from recommender.evaluation.measures import Measures
from recommender.evaluation.study import Study
from recommender.ranking_rows import TRUNCATED
from service.evaluation.huojia import Listing
from service.progress import Progress

MEASURES = ("ndcg", "recall")


class Against(NamedTuple):
    """A mean of the ranker's, the same of the better popularity (named), and the difference with its interval."""

    own: float
    plain: float
    to: str
    difference: Bootstrap

    @property
    def below(self) -> bool:
        """Whether more than 0.5 % of what popularity has is lost, and not by chance."""
        return self.difference.mean < -WORSE * self.plain and self.difference.high < 0

    def as_dict(self) -> dict[str, Any]:
        """For a report."""
        parts = {"huojia": self.own, "popularity": self.plain, "to": self.to, "below": self.below}
        return parts | self.difference._asdict()


@dataclass(frozen=True, slots=True)
class Known:
    """With so many events and holdings kept of each customer (None: all), the ranker against popularity by measure."""

    events: int | None
    against: Mapping[str, Against]

    @property
    def below(self) -> bool:
        """Whether popularity is better by some measure."""
        return any(one.below for one in self.against.values())

    def as_dict(self) -> dict[str, Any]:
        """For a report."""
        return {"events": self.events, **{name: one.as_dict() for name, one in self.against.items()}}


def evidence(
    study: Study, listing: Listing, plain: Mapping[str, Measures], seed: int, progress: Progress
) -> Iterator[Known]:
    """A point for each number of events, the last one with whole histories; `plain` are the popularities by name.

    The mask of task and eligibility is that of the study, whatever is kept; popularity knows nobody's history.
    """
    kept = [*TRUNCATED.tolist(), None]
    for done, events in enumerate(kept):
        progress("evidence", done, len(kept))
        own = study.measure(replace(listing, newest=events)).measures
        yield Known(events, {name: _against(name, own, plain, seed) for name in MEASURES})
    progress("evidence", len(kept), len(kept))


def _against(name: str, own: Measures, plain: Mapping[str, Measures], seed: int) -> Against:
    mine = getattr(own, name)
    to = max(plain, key=lambda one: plain[one].means()[name])
    theirs = getattr(plain[to], name)
    found = Bootstrap.of(np.stack([mine - theirs], axis=1), seed=seed)[0]
    return Against(float(mine.mean()), float(theirs.mean()), to, found)

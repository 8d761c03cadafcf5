"""Fitted models, so that several tables of the same split fit each model once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial

from recommender.evaluation.known import Known
from recommender.evaluation.study import Fit, Score
from service.evaluation.contenders import Contender, Tunable
from service.evaluation.request import Request

_Key = tuple[object, ...]


@dataclass(slots=True)
class Memory:
    """Scores and seconds of fitting (wall clock) by split, model and settings."""

    fitted: dict[_Key, tuple[Score, float]] = field(default_factory=dict)

    def fit(self, request: Request, contender: Contender, known: Known) -> tuple[Score, float]:
        """The model of the contender, fitted now or before; held products are not moved."""
        return self._fit((*_split(request), contender.name, contender.settings), contender.fit, known)

    def early(self, request: Request, model: Tunable) -> Tunable:
        """The same settings, each fitted once on the time before the split."""
        keys = {name: (*_split(request), "early", model.name, name) for name in model.fits}
        return Tunable(model.name, {name: partial(self._score, keys[name], fit) for name, fit in model.fits.items()})

    def _score(self, key: _Key, fit: Fit, known: Known) -> Score:
        return self._fit(key, fit, known)[0]

    def _fit(self, key: _Key, fit: Fit, known: Known) -> tuple[Score, float]:
        if key not in self.fitted:
            began = time.perf_counter()
            score = fit(known)
            self.fitted[key] = (score, time.perf_counter() - began)
        return self.fitted[key]


def _split(request: Request) -> _Key:
    return (request.folder, request.protocol, request.start, request.end, request.seed)

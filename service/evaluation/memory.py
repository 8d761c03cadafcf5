"""Fitted models, so that several tables of the same split fit each model once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from service.evaluation.contenders import Contender
from service.evaluation.request import Request

_Key = tuple[object, ...]


@dataclass(slots=True)
class Memory:
    """Scores and seconds of fitting (wall clock) by split, model and settings."""

    fitted: dict[_Key, tuple[Score, float]] = field(default_factory=dict)

    def fit(self, request: Request, contender: Contender, known: Known) -> tuple[Score, float]:
        """The model of the contender, fitted now or before; held products are not moved."""
        split = (request.folder, request.protocol, request.start, request.end, request.seed)
        key = (*split, contender.name, contender.settings)
        if key not in self.fitted:
            began = time.perf_counter()
            score = contender.fit(known)
            self.fitted[key] = (score, time.perf_counter() - began)
        return self.fitted[key]

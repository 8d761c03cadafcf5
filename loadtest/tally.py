"""What was measured: latencies by call in buckets of 2 %, faults by what they say, the models that shelves named."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_STEP = math.log(1.02)
_LEAST_MS = 0.01


@dataclass(slots=True)
class Latencies:
    """A histogram of milliseconds, of the same size however long the run is."""

    buckets: Counter[int] = field(default_factory=Counter)
    most_ms: float = 0.0

    def add(self, ms: float) -> None:
        """Count one answer."""
        self.buckets[round(math.log(max(ms, _LEAST_MS)) / _STEP)] += 1
        self.most_ms = max(self.most_ms, ms)

    @property
    def count(self) -> int:
        """Answers counted."""
        return self.buckets.total()

    def quantile(self, share: float) -> float:
        """Milliseconds that `share` of the answers took at most, 1 % off at most; 0.0 without an answer."""
        wanted, passed = math.ceil(share * self.count), 0
        for bucket in sorted(self.buckets):
            passed += self.buckets[bucket]
            if passed >= wanted:
                return min(math.exp(bucket * _STEP), self.most_ms)
        return 0.0

    def summary(self) -> dict[str, float]:
        """p50, p95, p99 and the longest, ms."""
        shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
        found = {name: round(self.quantile(share), 3) for name, share in shares.items()}
        return found | {"max_ms": round(self.most_ms, 3)}


class Tally:
    """Collects a run; `samples` keeps every shelf with its time, for runs in which models are swapped."""

    def __init__(self, *, samples: bool = False) -> None:
        self.calls: dict[str, Latencies] = {}
        self.errors: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.models: list[tuple[float, str]] = []
        self.samples: list[tuple[float, float]] = []
        self.began = self.ended = 0.0
        self.visits = 0
        self.late = 0  # visits that began after their time, because the one before had not ended
        self._sampled, self._known = samples, set[str]()

    def note(self, name: str, began: float, ms: float, fault: str | None) -> None:
        """One answer: its call, when it was asked for (seconds of the machine's clock), how long it took."""
        self.calls.setdefault(name, Latencies()).add(ms)
        if fault is not None:
            self.errors[name] += 1
            self.faults[f"{name}: {fault}"] += 1
        if self._sampled and name == "shelf":
            self.samples.append((began, ms))

    def note_visit(self, at: float, *, late: bool) -> None:
        """A visit begins."""
        self.began = self.began or at
        self.ended = at
        self.visits += 1
        self.late += late

    def disobey(self, name: str) -> None:
        """A switch was confirmed, and the very next shelf showed otherwise."""
        self.errors[name] += 1
        self.faults[f"{name}: the next shelf did not obey"] += 1

    def note_model(self, at: float, model: str) -> None:
        """The model that a shelf names; kept where it is the first to name it."""
        if model not in self._known:
            self._known.add(model)
            self.models.append((at, model))

    def as_dict(self) -> dict[str, Any]:
        """The run as JSON can carry it."""
        calls = {
            name: {"count": found.count, "errors": self.errors[name], **found.summary()}
            for name, found in sorted(self.calls.items())
        }
        seconds = round(self.ended - self.began, 3)
        told = {
            "seconds": seconds,
            "visits": self.visits,
            "late": self.late,
            "models": self.models,
            "samples": self.samples,
        }
        return {"calls": calls, "faults": dict(self.faults), **told}
